import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { readConfig } from '../plugins/mcp-oauth/config/config.js';
import { newVerifier } from '../plugins/mcp-oauth/io/runtimes.js';
import { checkField } from '../schema/check/check.js';
import { named } from '../schema/fields.js';
import { oauthFields } from '../schema/mcp-oauth.js';
import type { OAuthKongConfig } from '../schema/mcp-oauth.js';

/**
 * What mcp-oauth pays for a token it has not seen, and for one it has, in microseconds: waited for
 * (p50, p99; other work on the machine shows here) and CPU of all threads (mean).
 */
const algorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const;
const issuer = 'https://as.example.com';
const resource = 'https://mcp.example.com/mcp';
const warmUp = 300;
const count = 2000;

function verifierWith(jwks: string) {
  const record = { type: 'record' as const, required: true, fields: named(oauthFields) };
  const given = { resource, authorization_servers: [issuer], issuers: [{ issuer, jwks }] };
  const { value, errors } = checkField(record, given, () => '');
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  const config = value as OAuthKongConfig & Readonly<Record<string, unknown>>;
  return newVerifier(readConfig(config), { now: Date.now });
}

async function timesOf(work: () => Promise<{ readonly kind: string }>): Promise<number> {
  const started = performance.now();
  const { kind } = await work();
  if (kind !== 'verified') throw new Error(`the token was ${kind}`);
  return (performance.now() - started) * 1000;
}

interface Run {
  /** Sorted. */
  readonly times: readonly number[];
  readonly cpu: number;
}

function columns({ times, cpu }: Run): string {
  const at = (q: number) => times[Math.floor(times.length * q)] ?? Number.NaN;
  return [at(0.5), at(0.99), cpu].map((value) => value.toFixed(0).padStart(9)).join('');
}

async function measure(alg: string): Promise<void> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg };
  const verify = verifierWith(JSON.stringify({ keys: [jwk] }));
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const claims = { iss: issuer, aud: resource, sub: 'alice', client_id: 'app', scope: 'mcp:tools' };
  const sign = (jti: number) =>
    new SignJWT({ ...claims, exp, jti: String(jti) })
      .setProtectedHeader({ alg, kid: 'k1', typ: 'at+jwt' })
      .sign(privateKey);
  const tokens: string[] = [];
  for (let n = 0; n < warmUp + count; n++) tokens.push(await sign(n));
  const run = async (): Promise<Run> => {
    for (const token of tokens.slice(0, warmUp)) await timesOf(async () => verify(token));
    const times: number[] = [];
    const before = process.cpuUsage();
    for (const token of tokens.slice(warmUp)) times.push(await timesOf(async () => verify(token)));
    const { user, system } = process.cpuUsage(before);
    return { times: times.sort((a, b) => a - b), cpu: (user + system) / count };
  };
  const [cold, cached] = [await run(), await run()];
  process.stdout.write(`${alg.padEnd(8)}${columns(cold)}${columns(cached)}\n`);
}

process.stdout.write('µs       cold p50 cold p99 cold CPU  hit p50  hit p99  hit CPU\n');
for (const alg of algorithms) await measure(alg);

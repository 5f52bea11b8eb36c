import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { readConfig } from '../plugins/mcp-oauth/config.js';
import { newVerifier } from '../plugins/mcp-oauth/io/runtimes.js';
import { checkField } from '../schema/check.js';
import { named } from '../schema/fields.js';
import { oauthFields } from '../schema/mcp-oauth.js';
import type { OAuthKongConfig } from '../schema/mcp-oauth.js';

/** What mcp-oauth pays for a token it has not seen, and for one it has: microseconds of one core. */
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
  const run = async (): Promise<number[]> => {
    const times: number[] = [];
    for (const token of tokens) times.push(await timesOf(() => verify(token)));
    return times.slice(warmUp).sort((a, b) => a - b);
  };
  const [cold, cached] = [await run(), await run()];
  const at = (times: readonly number[], q: number) =>
    (times[Math.floor(times.length * q)] ?? Number.NaN).toFixed(0).padStart(7);
  process.stdout.write(
    `${alg.padEnd(8)}${at(cold, 0.5)}${at(cold, 0.99)}${at(cached, 0.5)}${at(cached, 0.99)}\n`,
  );
}

process.stdout.write('µs       cold50 cold99  hit50  hit99\n');
for (const alg of algorithms) await measure(alg);

import { SignJWT, importJWK } from 'jose';
import type { JWK, JWTPayload } from 'jose';

export interface MintOptions {
  readonly key: JWK;
  /** Members of the protected header; `typ` is `at+jwt` unless given, undefined leaves it out. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** Claims laid over those of a good token; undefined leaves one out. */
  readonly claims?: JWTPayload;
}

export interface GoodToken {
  readonly issuer: string;
  readonly resource: string;
  readonly subject?: string;
  readonly scope?: string;
}

/** A token signed with a real key of the issuer, good except for what the options change. */
export async function mintToken(good: GoodToken, options: MintOptions): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: good.issuer,
    aud: good.resource,
    sub: good.subject ?? 'alice',
    client_id: 'minted',
    scope: good.scope ?? 'mcp:tools',
    iat: now,
    exp: now + 300,
    jti: crypto.randomUUID(),
    ...options.claims,
  };
  const alg = options.key.alg ?? 'ES256';
  const header = { alg, kid: options.key.kid, typ: 'at+jwt', ...options.header };
  return new SignJWT(JSON.parse(JSON.stringify(claims)) as JWTPayload)
    .setProtectedHeader(header)
    .sign(await importJWK(options.key, alg));
}

/** The same claims with `alg: none` and no signature. */
export function unsignedToken(good: GoodToken): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 300;
  const claims = { iss: good.issuer, aud: good.resource, sub: good.subject ?? 'alice', exp };
  return `${part({ alg: 'none', typ: 'at+jwt' })}.${part({ ...claims, scope: 'mcp:tools' })}.`;
}

import {
  KeyObject,
  constants,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
} from 'node:crypto';
import { sign } from 'node:crypto';
import { epoch, signingKey } from '../oauth/signing-key.js';
import type { SigningKey } from '../oauth/signing-key.js';

/** What an attacker knows, and what only the issuer has: the material of hostile tokens. */
export interface Forge {
  readonly issuer: string;
  /** Another issuer that the endpoint trusts too. */
  readonly other: string;
  readonly resource: string;
  /** An address of the attacker's, where nobody must ever call. */
  readonly attacker: string;
  readonly keys: ForgeKeys;
}

export interface ForgeKeys {
  /** Published by the issuer. */
  readonly es256: SigningKey;
  readonly es384: SigningKey;
  readonly rs256: SigningKey;
  readonly eddsa: SigningKey;
  /** Published by the other issuer, under the same `kid` as the issuer's es256. */
  readonly others: SigningKey;
  /** Published by the other issuer under a `kid` of its own. */
  readonly othersOwn: SigningKey;
  /** Published nowhere, under the issuer's `kid`. */
  readonly strange: SigningKey;
  readonly strangeRsa: SigningKey;
}

export async function forgeKeys(): Promise<ForgeKeys> {
  const [es256, es384, rs256, eddsa, others, othersOwn, strange, strangeRsa] = await Promise.all([
    signingKey('ES256', 'k1'),
    signingKey('ES384', 'k2'),
    signingKey('RS256', 'k3'),
    signingKey('EdDSA', 'k4'),
    signingKey('ES256', 'k1'),
    signingKey('ES256', 'k9'),
    signingKey('ES256', 'k1'),
    signingKey('RS256', 'k3'),
  ]);
  return { es256, es384, rs256, eddsa, others, othersOwn, strange, strangeRsa };
}

export type Members = Readonly<Record<string, unknown>>;

/** Claims of a token that passes; members set to undefined are left out. */
export function claims(forge: Forge, own: Members = {}): Members {
  return {
    iss: forge.issuer,
    aud: forge.resource,
    sub: 'mallory',
    client_id: 'app',
    scope: 'mcp:tools',
    iat: epoch(),
    exp: epoch(300),
    // Makes each token one of a kind, so that it can be looked for in logs.
    jti: crypto.randomUUID(),
    ...own,
  };
}

export function segment(value: string | Buffer): string {
  return Buffer.from(value as string).toString('base64url');
}

export function publicPem(key: SigningKey, type: 'spki' | 'pkcs1' = 'spki'): string {
  return publicKey(key).export({ type: type, format: 'pem' }).toString();
}

export function publicDer(key: SigningKey): Buffer {
  return publicKey(key).export({ type: 'spki', format: 'der' });
}

function publicKey(key: SigningKey): KeyObject {
  return createPublicKey(KeyObject.from(key.privateKey));
}

type Signer = (input: string) => Buffer;

const ecdsa = (hash: string, key: KeyObject): Signer => {
  return (input) => sign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
};

/** Signs as the key's own algorithm says, or as `alg` where another is to be confused with it. */
export function signer(key: SigningKey, alg = key.alg): Signer {
  const secret = KeyObject.from(key.privateKey);
  if (alg.startsWith('ES')) return ecdsa(`sha${alg.slice(2)}`, secret);
  if (alg === 'EdDSA') return (input) => sign(null, Buffer.from(input), secret);
  const padding = alg.startsWith('PS') ? constants.RSA_PKCS1_PSS_PADDING : undefined;
  return (input) =>
    sign(`sha${alg.slice(2)}`, Buffer.from(input), {
      key: secret,
      ...(padding ? { padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {}),
    });
}

export function hmac(secret: string | Buffer, bits = 256): Signer {
  return (input) => createHmac(`sha${bits}`, secret).update(input).digest();
}

/** Signs by ECDSA on a curve that no issuer uses. */
export function onCurve(namedCurve: string, hash = 'sha256'): Signer {
  return ecdsa(hash, generateKeyPairSync('ec', { namedCurve }).privateKey);
}

export const unsigned: Signer = () => Buffer.alloc(0);

export interface Parts {
  /** Laid over the header of a good token; a text or bytes stand in place of it. */
  readonly header?: Members | string | Buffer;
  /** Laid over the claims of a good token; a text or bytes stand in place of them. */
  readonly payload?: Members | string | Buffer;
  /** Default: the issuer's own ES256 key. */
  readonly sign?: Signer;
}

/** A compact JWS, good except for what `parts` change. */
export function token(forge: Forge, parts: Parts = {}): string {
  const { es256 } = forge.keys;
  const { header = {}, payload = {}, sign: by = signer(es256) } = parts;
  const usual = { alg: 'ES256', kid: es256.kid, typ: 'at+jwt' };
  const input = [
    isText(header) ? header : JSON.stringify({ ...usual, ...header }),
    isText(payload) ? payload : JSON.stringify(claims(forge, payload)),
  ]
    .map(segment)
    .join('.');
  return `${input}.${segment(by(input))}`;
}

function isText(part: Members | string | Buffer): part is string | Buffer {
  return typeof part === 'string' || Buffer.isBuffer(part);
}

/** The good claims as JSON text, with raw text put before or after them. */
export function claimsText(forge: Forge, own: Members, before = '', after = ''): string {
  const text = JSON.stringify(claims(forge, own));
  return `{${before}${text.slice(1, -1)}${after}}`;
}

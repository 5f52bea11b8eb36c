import { hash } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK } from 'jose';
import type { JWK } from 'jose';
import { segment, signer } from '../hostile/forge.js';
import { epoch, signingKey } from '../oauth/signing-key.js';
import type { SigningKey } from '../oauth/signing-key.js';

type Members = Readonly<Record<string, unknown>>;

/** What a client has, and what its enemies may have of it. */
export interface ProofForge {
  /** Address of the endpoint. */
  readonly target: string;
  readonly keys: ProofForgeKeys;
  /** A good token bound to `keys.own`. */
  readonly token: string;
  /** Good tokens of other kinds. */
  readonly unbound: string;
  readonly others: string;
  readonly ofRsa: string;
}

export interface ProofForgeKeys {
  /** The client's. */
  readonly own: HolderKey;
  /** Another client's. */
  readonly other: HolderKey;
  readonly rsa: HolderKey;
  readonly es384: HolderKey;
}

export interface HolderKey extends SigningKey {
  /** Public members only. */
  readonly publicJwk: JWK;
  readonly privateJwk: JWK;
  readonly jkt: string;
}

/** A key of a client. */
export async function holderKey(alg: string): Promise<HolderKey> {
  const key = await signingKey(alg);
  const { kid: _kid, alg: _alg, use: _use, ...publicJwk } = key.jwk;
  const privateJwk = await exportJWK(key.privateKey);
  return { ...key, publicJwk, privateJwk, jkt: await calculateJwkThumbprint(publicJwk) };
}

export async function proofForgeKeys(): Promise<ProofForgeKeys> {
  const [own, other, rsa, es384] = await Promise.all(
    ['ES256', 'ES256', 'RS256', 'ES384'].map(holderKey),
  );
  return { own: own!, other: other!, rsa: rsa!, es384: es384! };
}

export interface ProofParts {
  readonly key?: HolderKey;
  /** Laid over the header of a good proof, undefined leaves a member out; a text stands in its place. */
  readonly header?: Members | string;
  /** Laid over the claims of a good proof; a text stands in place of them. */
  readonly claims?: Members | string;
  /** In place of the key's own signature. */
  readonly sign?: (input: string) => Buffer;
}

/** Claims of a good proof of a POST with `token`. */
export function proofClaims(target: string, token: string, own: Members = {}): Members {
  const ath = hash('sha256', token, 'base64url');
  return { jti: crypto.randomUUID(), htm: 'POST', htu: target, iat: epoch(), ath, ...own };
}

/** A proof, good except for what `parts` change. */
export function forgeProof(
  { target, token, keys }: Pick<ProofForge, 'target' | 'token'> & { keys: { own: HolderKey } },
  { key = keys.own, header = {}, claims = {}, sign }: ProofParts = {},
): string {
  const usual = { typ: 'dpop+jwt', alg: key.alg, jwk: key.publicJwk };
  const texts = [
    typeof header === 'string' ? header : JSON.stringify({ ...usual, ...header }),
    typeof claims === 'string' ? claims : JSON.stringify(proofClaims(target, token, claims)),
  ];
  const input = texts.map(segment).join('.');
  return `${input}.${segment((sign ?? signer(key))(input))}`;
}

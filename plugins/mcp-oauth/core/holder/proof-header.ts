import type { ProofRefusal } from './proof-refusal.js';

type Members = Readonly<Record<string, unknown>>;

/** The public key of a proof, with the members that make it up and no others. */
export type ProofKey = Readonly<Record<string, string>>;

export type ProofHeader =
  | { readonly ok: true; readonly algorithm: string; readonly key: ProofKey }
  | { readonly ok: false; readonly reason: ProofRefusal };

interface Kind {
  readonly kty: string;
  /** Absent where keys of the kind have none. */
  readonly crv?: string;
  /** Forms of its members, in base64url: what is longer would cost more than honest keys do. */
  readonly members: Readonly<Record<string, RegExp>>;
}

const bytes = (least: number, most = least): RegExp => new RegExp(`^[\\w-]{${least},${most}}$`);
const curve = (crv: string, chars: number): Kind => ({
  kty: 'EC',
  crv,
  members: { x: bytes(chars), y: bytes(chars) },
});
const edwards: Kind = { kty: 'OKP', crv: 'Ed25519', members: { x: bytes(43) } };
/** 2048 to 4096 bits; a public exponent of up to 32 bits. */
const rsa: Kind = { kty: 'RSA', members: { n: bytes(342, 683), e: bytes(2, 6) } };

const kinds: Readonly<Record<string, Kind>> = {
  ES256: curve('P-256', 43),
  ES384: curve('P-384', 64),
  ES512: curve('P-521', 88),
  EdDSA: edwards,
  Ed25519: edwards,
  ...Object.fromEntries(
    ['256', '384', '512'].flatMap((n) => [`RS${n}`, `PS${n}`].map((alg) => [alg, rsa])),
  ),
};

/** Members of private keys and of symmetric ones (RFC 7518 section 6). */
const secret = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/**
 * Reads the JOSE header of a proof before anything is computed. The key is the header's own `jwk`;
 * addresses and certificates that stand there too count for nothing.
 */
export function readProofHeader(header: Members, algorithms: readonly string[]): ProofHeader {
  // Extensions this gateway would have to understand (RFC 7515 section 4.1.11, RFC 7797).
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return refused('header');
  if (header['typ'] !== 'dpop+jwt') return refused('type');
  const algorithm = header['alg'];
  if (typeof algorithm !== 'string' || !algorithms.includes(algorithm)) return refused('algorithm');
  const key = publicKey(header['jwk'], algorithm);
  return key === undefined ? refused('key') : { ok: true, algorithm, key };
}

function publicKey(jwk: unknown, algorithm: string): ProofKey | undefined {
  const kind = Object.hasOwn(kinds, algorithm) ? kinds[algorithm] : undefined;
  if (kind === undefined || !isRecord(jwk) || !isMeantFor(jwk, algorithm)) return undefined;
  if (secret.some((name) => Object.hasOwn(jwk, name))) return undefined;
  const { kty, crv, members } = kind;
  if (jwk['kty'] !== kty || (crv !== undefined && jwk['crv'] !== crv)) return undefined;
  const key: Record<string, string> = crv === undefined ? { kty } : { kty, crv };
  for (const [name, form] of Object.entries(members)) {
    const value = Object.hasOwn(jwk, name) ? jwk[name] : undefined;
    if (typeof value !== 'string' || !form.test(value) || !isCanonical(value)) return undefined;
    key[name] = value;
  }
  return key;
}

function isMeantFor(jwk: Members, algorithm: string): boolean {
  const { alg = algorithm, use = 'sig', key_ops: operations = ['verify'] } = jwk;
  return alg === algorithm && use === 'sig' && isList(operations) && operations.includes('verify');
}

/** One spelling for each value: others would have other thumbprints. */
function isCanonical(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(reason: ProofRefusal): ProofHeader {
  return { ok: false, reason };
}

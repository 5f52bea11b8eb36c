import type { HolderConfig } from './holder-config.js';

/** What a token is bound to: SHA-256 digests in base64url. */
export interface Binding {
  /** Thumbprint of the key that signs proofs (RFC 9449 section 6.1). */
  readonly jkt?: string;
  /** Digest of the client's certificate (RFC 8705 section 3.1). */
  readonly x5t?: string;
}

const unbound: Binding = {};
const sha256 = /^[\w-]{42}[AEIMQUYcgkosw048]$/;
const members: Readonly<Record<string, keyof Binding>> = { jkt: 'jkt', 'x5t#S256': 'x5t' };

/**
 * What the claim `cnf` (RFC 7800) binds a token to; undefined where any of it is misshaped or of a
 * kind that is not known here, since then nobody can say that the binding holds.
 */
export function bindingOf(claims: Readonly<Record<string, unknown>>): Binding | undefined {
  if (!Object.hasOwn(claims, 'cnf')) return unbound;
  const cnf = claims['cnf'];
  if (typeof cnf !== 'object' || cnf === null || Array.isArray(cnf)) return undefined;
  const binding: { -readonly [K in keyof Binding]: Binding[K] } = {};
  for (const [name, value] of Object.entries(cnf)) {
    const known = Object.hasOwn(members, name) ? members[name] : undefined;
    if (known === undefined || typeof value !== 'string' || !sha256.test(value)) return undefined;
    binding[known] = value;
  }
  return Object.keys(binding).length > 0 ? binding : undefined;
}

/** Whether all that a token is bound to can be proved here. */
export function isProvable(
  binding: Binding | undefined,
  { dpop, certificates }: HolderConfig,
): binding is Binding {
  if (binding === undefined) return false;
  if (binding.jkt !== undefined && dpop.mode === 'off') return false;
  return binding.x5t === undefined || certificates !== 'off';
}

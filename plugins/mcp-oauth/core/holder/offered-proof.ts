import { headerLines, trimSpace } from '../../../../lib/http/single-header.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import type { ProofRefusal } from './proof-refusal.js';

/** Longest proof looked at; an honest one with an RSA key of 4096 bits has about 2,500. */
export const maxProofBytes = 4_096;

const compact = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export type OfferedProof =
  | { readonly ok: true; readonly proof: string }
  | { readonly ok: false; readonly reason: ProofRefusal };

/** The one proof of a request, by its outer form: looked at before anything is verified. */
export function offeredProof(headers: HeaderRecord): OfferedProof {
  const values = headerLines(headers, 'dpop');
  if (values.length > 1) return { ok: false, reason: 'repeated' };
  const proof = trimSpace(values[0] ?? '');
  if (proof === '') return { ok: false, reason: 'missing' };
  if (proof.length > maxProofBytes) return { ok: false, reason: 'too_long' };
  return compact.test(proof) ? { ok: true, proof } : { ok: false, reason: 'not_a_jwt' };
}

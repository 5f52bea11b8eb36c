import type { Refusal } from '../../../plugins/mcp-oauth/core/challenge/refusal.js';
import type { ProofRefusal } from '../../../plugins/mcp-oauth/core/holder/proof-refusal.js';
import { forgeProof } from './forge-proof.js';
import type { ProofForge, ProofParts } from './forge-proof.js';
import { claimCases } from './proof-claim-cases.js';
import { keyCases } from './proof-key-cases.js';
import { schemeCases } from './proof-scheme-cases.js';

/** Headers of a request that must not pass; a list is a header that is repeated. */
export type ProofHeaders = Readonly<Record<string, string | readonly string[]>>;

/** A request that must not pass, though the token in it is good. */
export interface ProofCase {
  readonly what: string;
  readonly headers: (forge: ProofForge) => ProofHeaders;
  readonly expected: ExpectedFault;
}

/** 401 `invalid_dpop_proof`, 401 `invalid_token`, 400 or 401 without error. */
export type ExpectedFault =
  { readonly proof: ProofRefusal } | { readonly token: Refusal } | 'malformed' | 'no_token';

/** A row of a table: what the proof is like, and why it is refused. */
export type ProofRow = readonly [
  what: string,
  reason: ProofRefusal | 'other_key',
  parts: ProofParts | ((forge: ProofForge) => ProofParts | string),
];

export const dpop = (token: string, proof: string | readonly string[]): ProofHeaders => ({
  authorization: `DPoP ${token}`,
  dpop: proof,
});

function caseOf([what, reason, parts]: ProofRow): ProofCase {
  const headers = (forge: ProofForge): ProofHeaders => {
    const made = typeof parts === 'function' ? parts(forge) : parts;
    return dpop(forge.token, typeof made === 'string' ? made : forgeProof(forge, made));
  };
  const expected = reason === 'other_key' ? { token: reason } : { proof: reason };
  return { what, headers, expected };
}

/** All of them. */
export const proofCases: readonly ProofCase[] = [
  ...[...keyCases, ...claimCases].map(caseOf),
  ...schemeCases,
];

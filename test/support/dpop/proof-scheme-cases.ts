import { forgeProof } from './forge-proof.js';
import type { ProofForge } from './forge-proof.js';
import { dpop } from './proof-cases.js';
import type { ProofCase, ProofHeaders } from './proof-cases.js';

const one = (
  what: string,
  expected: ProofCase['expected'],
  headers: (forge: ProofForge, proof: string) => ProofHeaders,
): ProofCase => ({ what, expected, headers: (forge) => headers(forge, forgeProof(forge)) });

/** How tokens and proofs are sent. */
export const schemeCases: readonly ProofCase[] = [
  one('a bound token as a bearer token', { token: 'proof_needed' }, ({ token }) => ({
    authorization: `Bearer ${token}`,
  })),
  one(
    'a bound token as a bearer token beside its proof',
    { token: 'proof_needed' },
    ({ token }, proof) => ({
      authorization: `Bearer ${token}`,
      dpop: proof,
    }),
  ),
  one('an unbound token by DPoP', { token: 'not_bound' }, (forge) =>
    dpop(forge.unbound, forgeProof({ ...forge, token: forge.unbound })),
  ),
  one("another client's token with the own key's proof", { token: 'other_key' }, (forge) =>
    dpop(forge.others, forgeProof({ ...forge, token: forge.others })),
  ),
  one('no proof', { proof: 'missing' }, ({ token }) => ({ authorization: `DPoP ${token}` })),
  one('an empty proof', { proof: 'missing' }, ({ token }) => dpop(token, '')),
  one('two proofs', { proof: 'repeated' }, (forge, proof) =>
    dpop(forge.token, [proof, forgeProof(forge)]),
  ),
  one('a proof twice', { proof: 'repeated' }, ({ token }, proof) => dpop(token, [proof, proof])),
  one('the token for a proof', { proof: 'too_long' }, ({ token }) =>
    dpop(token, token.padEnd(5_000, 'x')),
  ),
  one('the token for its own proof', { proof: 'type' }, ({ token }) => dpop(token, token)),
  one('the proof for a token', { token: 'type' }, (_forge, proof) => dpop(proof, proof)),
  one('two schemes in two lines', 'malformed', ({ token, unbound }, proof) => ({
    authorization: [`Bearer ${unbound}`, `DPoP ${token}`],
    dpop: proof,
  })),
  one('two schemes in a line', 'malformed', ({ token, unbound }, proof) => ({
    authorization: `DPoP ${token}, Bearer ${unbound}`,
    dpop: proof,
  })),
  one('no token after the scheme', 'malformed', (_forge, proof) => ({
    authorization: 'DPoP',
    dpop: proof,
  })),
  one('a proof and no token', 'no_token', (_forge, proof) => ({ dpop: proof })),
  one('a proof in Authorization', 'no_token', ({ token }, proof) => ({
    authorization: `DPoP-Proof ${proof}`,
    dpop: `DPoP ${token}`,
  })),
];

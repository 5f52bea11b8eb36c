import { challengeHeader } from '../../../../lib/http/challenge.js';
import type { Challenge, Scheme } from '../../../../lib/http/challenge.js';
import type { HolderConfig } from '../holder/holder-config.js';

/** What challenges are made of. */
export interface ChallengeRules {
  readonly metadataUrl: string;
  readonly holder: HolderConfig;
}

type Fault = Pick<Challenge, 'error' | 'description' | 'scopes'>;

/** The schemes by which tokens are taken; Bearer first, since most clients know no other. */
export function schemesOf({ dpop }: HolderConfig): readonly Scheme[] {
  if (dpop.mode === 'off') return ['Bearer'];
  return dpop.mode === 'allowed' ? ['Bearer', 'DPoP'] : ['DPoP'];
}

/** Algorithms of proofs where the scheme needs one; undefined where it needs none. */
export function proofAlgorithms(
  { dpop }: HolderConfig,
  scheme: Scheme,
): readonly string[] | undefined {
  return scheme === 'DPoP' ? dpop.algorithms : undefined;
}

/** What asks for a token: a challenge for each scheme, in one header line. */
export function askForToken(rules: ChallengeRules, scopes: readonly string[]): string {
  return schemesOf(rules.holder)
    .map((scheme) => challengeBy(rules, scheme, { scopes }))
    .join(', ');
}

/** What is wrong with a token, told by the scheme that it came by, and by which others one may come. */
export function refuseToken(rules: ChallengeRules, scheme: Scheme, fault: Fault): string {
  const schemes = schemesOf(rules.holder);
  const told = schemes.includes(scheme) ? scheme : schemes[0]!;
  const others = schemes.filter((one) => one !== told);
  return [
    challengeBy(rules, told, fault),
    ...others.map((other) => challengeBy(rules, other, { scopes: fault.scopes })),
  ].join(', ');
}

function challengeBy({ metadataUrl, holder }: ChallengeRules, scheme: Scheme, fault: Fault) {
  const algorithms = proofAlgorithms(holder, scheme);
  return challengeHeader({ ...fault, resourceMetadata: metadataUrl, proofAlgorithms: algorithms });
}

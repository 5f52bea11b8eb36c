import type { Refusal } from '../challenge/refusal.js';

type Members = Readonly<Record<string, unknown>>;

export interface IntrospectionRules {
  /** Issuer the endpoint belongs to. */
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly audienceOptional: boolean;
  readonly leewaySeconds: number;
}

export type Introspected =
  | { readonly ok: true; readonly claims: Members }
  | { readonly ok: false; readonly reason: Refusal };

/**
 * The claims in an introspection answer (RFC 7662 §2.2), as strict as those of a JWT: what the
 * answer says must hold, and it must say the audience. An answer without `exp` ends after
 * `endsAfter` seconds. Times are seconds since the epoch.
 */
export function introspectedClaims(
  answer: Members,
  rules: IntrospectionRules,
  now: number,
  endsAfter: number,
): Introspected {
  const reason = answerRefusal(answer, rules, now);
  if (reason !== undefined) return { ok: false, reason };
  const { active: _active, ...claims } = answer;
  const exp = claims['exp'] ?? Math.floor(now) + endsAfter;
  return { ok: true, claims: { ...claims, iss: rules.issuer, exp } };
}

function answerRefusal(
  answer: Members,
  rules: IntrospectionRules,
  now: number,
): Refusal | undefined {
  if (answer['active'] !== true) return 'inactive';
  const { iss, exp, nbf } = answer;
  if (iss !== undefined && iss !== rules.issuer) return 'issuer';
  if (!audienceFits(answer, rules)) return 'audience';
  for (const time of [exp, nbf]) if (!(time === undefined || isTime(time))) return 'claims';
  if (isTime(exp) && exp <= now - rules.leewaySeconds) return 'expired';
  return isTime(nbf) && nbf > now + rules.leewaySeconds ? 'not_yet_valid' : undefined;
}

function audienceFits(answer: Members, rules: IntrospectionRules): boolean {
  const { aud, token_type: type } = answer;
  // Without audience a refresh token would look like an access token, so the type must be said.
  if (aud === undefined) return rules.audienceOptional && type !== undefined;
  const values: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return values.some((value) => typeof value === 'string' && rules.audiences.includes(value));
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

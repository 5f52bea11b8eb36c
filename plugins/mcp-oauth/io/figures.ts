import { metrics } from '../../../lib/metrics/registry.js';
import type { Decision } from '../core/authenticate.js';

const requests = metrics.counter(
  'kong_mcp_oauth_requests_total',
  'Requests to protected routes by what mcp-oauth decided: `verified`, `anonymous`, `foreign` (another plugin has authenticated), `answered` (metadata, preflight), or the error code of a refusal.',
  ['outcome'],
);
const tokenRefusals = metrics.counter(
  'kong_mcp_oauth_token_refusals_total',
  'Tokens that were refused, and proofs of their keys (`proof_…`), by reason.',
  ['reason'],
);
const keyLoads = metrics.counter(
  'kong_mcp_oauth_key_loads_total',
  'Attempts to fetch the keys of an issuer.',
  ['outcome'],
);

const loaded = { ok: keyLoads.series.get(['ok']), failed: keyLoads.series.get(['failed']) };
const decided = {
  pass: requests.series.get(['verified']),
  anonymous: requests.series.get(['anonymous']),
  foreign: requests.series.get(['foreign']),
};

/** Counts a decision: codes and reasons come from our own tables, so their number is bounded. */
export function countDecision(decision: Decision): void {
  if (decision.kind !== 'reply') return decided[decision.kind].add();
  const { code = 'answered', reason } = decision.reply;
  requests.series.get([code]).add();
  if (reason !== undefined) tokenRefusals.series.get([reason]).add();
}

export function countKeyLoad(outcome: 'ok' | 'failed'): void {
  loaded[outcome].add();
}

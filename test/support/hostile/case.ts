import type { Refusal } from '../../../plugins/mcp-oauth/core/challenge/refusal.js';
import type { Forge } from './forge.js';

/** How a hostile request is turned away. */
export type Expected =
  /** 401 `invalid_token`, for this reason. */
  | Refusal
  /** 401 without error: nothing that counts as a token was sent. */
  | 'no_token'
  /** 400 `invalid_request`. */
  | 'malformed'
  /** 403 `insufficient_scope`. */
  | 'scope'
  /** Ended by the gateway or the plugin with one of these statuses, with or without a challenge. */
  | readonly number[];

/** A token that must not pass when sent as a token should be. */
export interface TokenCase {
  readonly what: string;
  readonly token: (forge: Forge) => string | Promise<string>;
  readonly expected: Expected;
}

/** Lines and target of one request as they go over the wire; what is absent is as usual. */
export interface WireRequest {
  readonly method?: string;
  /** Request target; default the endpoint's path. */
  readonly target?: string;
  /** Header lines in latin1, without Host, Content-Length and Connection. */
  readonly lines?: readonly string[];
  readonly body?: string;
}

/** A request that must not pass, though `good` would, sent as a token should be. */
export interface WireCase {
  readonly what: string;
  readonly request: (good: string, forge: Forge) => WireRequest;
  readonly expected: Expected;
  /**
   * The token stands where Kong's and nginx's own logs show it, whoever asks: in the address, in
   * another header than Authorization, in a line that nginx complains about.
   */
  readonly loggedByKong?: true;
}

/** `[what, token, expected]` rows as cases. */
export function tokenCases(
  rows: readonly (readonly [string, TokenCase['token'], Expected])[],
): readonly TokenCase[] {
  return rows.map(([what, token, expected]) => ({ what, token, expected }));
}

import { HandleStore } from './handle-store.js';
import { held } from '../held/limits.js';
import type { Identity } from '../identity/identity.js';
import type { HeaderRecord } from '../http/single-header.js';
import type { Redemptions } from './redemptions.js';

/** What mcp-oauth demands of every token and how it asks for more: one challenge, one author. */
export interface HandedAuthorization {
  readonly requiredScopes: readonly string[];
  /** Scopes of the token with all that they imply by mcp-oauth's `scope_hierarchy`. */
  readonly granted: ReadonlySet<string>;
  /** Where the resource describes itself, for the challenge of a 403 (RFC 9728 §5.1). */
  readonly metadataUrl: string;
  /** Algorithms of proofs, for that challenge, where the token came by the scheme DPoP. */
  readonly proofAlgorithms?: readonly string[];
}

export interface HandedRequest {
  readonly method: string;
  /** Those that mcp-aggregate looks at: see `handedHeaders`. */
  readonly headers: HeaderRecord;
}

/**
 * What mcp-oauth verified, kept for mcp-aggregate in the same process. The handle travels in
 * `kong.ctx.shared`, which no client can write.
 */
export interface VerifiedCaller {
  readonly identity: Identity;
  /** Whether mcp-oauth hands the token on (`passthrough_credentials`): not in front of mcp-aggregate. */
  readonly passthrough?: boolean;
  readonly authorization?: HandedAuthorization;
  /**
   * The request as mcp-oauth read it and left it, so that mcp-aggregate need not ask Kong again:
   * each question costs nginx time, this one the most. Absent until somebody has redeemed a handle.
   */
  readonly request?: HandedRequest | undefined;
  /** To be told that somebody has. */
  readonly redemptions?: Redemptions;
}

/** Key in `kong.ctx.shared` under which mcp-oauth leaves its handle. */
export const callerHandleKey = 'mcp_caller_handle';

/** Request header that carries mcp-aggregate's handle to the aggregator. */
export const aggregatorHandleHeader = 'x-mcp-handle';

/** A request that the aggregator sends to a server back through Kong, by a route of its own. */
export interface InternalRequest {
  /** The only path and HTTP method for which its handle counts. */
  readonly path: string;
  readonly httpMethod: string;
  /** What it is, for Kong's logs. */
  readonly server: string;
  readonly asked: { readonly method: string; readonly name: string | undefined };
  readonly session: string | undefined;
  /** To be answered with, where the ticket came from another process. */
  readonly receipt?: string;
}

/** Request header that carries the aggregator's handle to mcp-aggregate in mode `internal`. */
export const internalHandleHeader = 'x-mcp-internal-handle';

/** Handles from the aggregator to the routes of its `route` servers. */
export const internalHandles = new HandleStore<InternalRequest>(held.internalHandles);

/**
 * Handles from mcp-oauth to mcp-aggregate, which redeems them in the same phase of the same request.
 * In front of a plain Service nobody does, so they are small and live for seconds.
 */
export const callerHandles = new HandleStore<VerifiedCaller>(held.callerHandles);

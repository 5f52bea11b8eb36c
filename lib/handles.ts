import { HandleStore } from './handle-store.js';
import type { Identity } from './identity.js';

/**
 * What mcp-oauth verified, kept for mcp-aggregate in the same process. The handle travels in
 * `kong.ctx.shared`, which no client can write.
 */
export interface VerifiedCaller {
  readonly identity: Identity;
}

/** Key in `kong.ctx.shared` under which mcp-oauth leaves its handle. */
export const callerHandleKey = 'mcp_caller_handle';

/** Request header that carries mcp-aggregate's handle to the aggregator. */
export const aggregatorHandleHeader = 'x-mcp-handle';

/**
 * Handles from mcp-oauth to mcp-aggregate. In front of a plain Service nobody redeems them, so the
 * oldest make room.
 */
export const callerHandles = new HandleStore<VerifiedCaller>();

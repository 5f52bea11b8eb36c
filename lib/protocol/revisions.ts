import {
  DEFAULT_NEGOTIATED_PROTOCOL_VERSION,
  LATEST_PROTOCOL_VERSION,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/sdk/types.js';

/** Every revision with `initialize` that the official SDK speaks, newest first. */
export const sessionRevisions: readonly string[] = [...SUPPORTED_PROTOCOL_VERSIONS]
  .sort()
  .reverse();

/** The newest of them, which is offered first (requirement H32). */
export const newestRevision: string = LATEST_PROTOCOL_VERSION;

/**
 * The first revision of the Streamable HTTP transport, for which a request without a version header
 * counts, and the only one with batches (requirement H40).
 */
export const firstStreamable: string = DEFAULT_NEGOTIATED_PROTOCOL_VERSION;

/** Revisions with sessions over Streamable HTTP, newest first. */
export const streamableRevisions: readonly string[] = sessionRevisions.filter(
  (revision) => revision >= firstStreamable,
);

/** The last revision before Streamable HTTP; over pipes nothing has changed since. */
export const lastBeforeStreamable: string = sessionRevisions.find(
  (revision) => revision < firstStreamable,
)!;

/** Revisions whose every request names its revision, newest first; the SDK's first line knows none. */
export const modernRevisions: readonly string[] = ['2026-07-28'];

/** From here on clients know events without data (SEP-1699). */
export const firstPrimed = '2025-11-25';

/** All that clients are served, newest first. */
export const clientRevisions: readonly string[] = [...modernRevisions, ...streamableRevisions];

/** All that servers are spoken to in, newest first; the oldest over any transport. */
export const serverRevisions: readonly string[] = [...clientRevisions, lastBeforeStreamable];

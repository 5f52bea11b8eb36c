const KiB = 1_024;
const MiB = 1_048_576;
const second = 1_000;
const hour = 3_600_000;

/** How much of something is held: bytes of all and of one owner, and for how long. */
export interface Limit {
  readonly bytes: number;
  /** Most bytes of one owner. */
  readonly ofOne: number;
  /** Milliseconds. */
  readonly ms: number;
}

/** A limit as docs/operations.md says it. */
export interface Held extends Limit {
  readonly what: string;
  /** Who has a share. A caller is a user (issuer and subject), whichever client they use. */
  readonly owner: 'caller' | 'server' | 'endpoint' | 'configuration' | 'process';
  /** What happens beyond it, and to whom. */
  readonly beyond: string;
}

/**
 * What this process holds for others, and how much of it: the one place for these figures. A test
 * compares the table in docs/operations.md with them.
 */
export const held = {
  callerHandles: {
    what: 'identities on their way from mcp-oauth to mcp-aggregate, with the headers that it looks at',
    bytes: 32 * MiB,
    ofOne: MiB,
    owner: 'caller',
    ms: 15 * second,
    beyond:
      'headers are left out from a quarter of the share on, and until somebody redeems; then the caller’s oldest go. Where nothing redeems, all callers of a configuration have one share',
  },
  tickets: {
    what: 'admitted requests on their way through Kong to the aggregator, with what was read in their bodies, and those of up to 16 KiB',
    bytes: 32 * MiB,
    ofOne: 4 * MiB,
    owner: 'caller',
    ms: 30 * second,
    beyond:
      'a digest in place of the body from a quarter of the share on; then the caller’s oldest go',
  },
  internalHandles: {
    what: 'requests of the gateway to `route` servers, on their way through Kong',
    bytes: 16 * MiB,
    ofOne: 16 * MiB,
    owner: 'process',
    ms: 120 * second,
    beyond: 'the oldest go; calls under way bound them before',
  },
  tokens: {
    what: 'verified tokens with their claims',
    bytes: 64 * MiB,
    ofOne: 64 * MiB,
    owner: 'configuration',
    ms: 24 * hour,
    beyond: 'the least recently used are verified anew; `token_cache_size` counts them as well',
  },
} as const satisfies Readonly<Record<string, Held>>;

/** What an entry of a table costs beside its bytes, about. */
export const entryBytes = KiB;

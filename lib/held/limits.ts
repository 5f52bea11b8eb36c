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
  readonly owner: 'caller' | 'server' | 'endpoint' | 'configuration' | 'list' | 'process';
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
  usedTickets: {
    what: 'which sealed tickets were redeemed, of each of the three kinds',
    bytes: 64 * MiB,
    ofOne: 64 * MiB,
    owner: 'process',
    ms: 150 * second,
    beyond:
      'tickets of other processes are refused with 503. It is out of reach: some 10,000 requests a second for minutes',
  },
  openedIdentities: {
    what: 'identities that came with sealed tickets, from each of the two plugins',
    bytes: 32 * MiB,
    ofOne: 32 * MiB,
    owner: 'process',
    ms: hour,
    beyond: 'those not used for longest are opened again',
  },
  internalHandles: {
    what: 'requests of the gateway to `route` servers, on their way through Kong',
    bytes: 16 * MiB,
    ofOne: 16 * MiB,
    owner: 'process',
    ms: 120 * second,
    beyond: 'the oldest go; calls under way bound them before',
  },
  knownInstances: {
    what: 'plugin configurations that Kong has started, for workers that take the place of others; with several workers only',
    bytes: 64 * MiB,
    ofOne: 64 * MiB,
    owner: 'process',
    ms: hour,
    beyond: 'those not used for longest go, and Kong starts them anew; 10,000 at most',
  },
  answers: {
    what: 'answers of servers above 64 KiB, from the first byte read to the last one that the client takes',
    bytes: 256 * MiB,
    ofOne: 64 * MiB,
    owner: 'caller',
    ms: 120 * second,
    beyond:
      'no more is read of the caller’s answers for up to 10 s, then -31003; where all that is held waits for more, the first of it goes on beyond the bound, alone; where all together are too many, an unread answer of the caller who holds most is cut off. The time is how long a client may take nothing; beyond it 16 KiB/s are the least',
  },
  answersOfServer: {
    what: 'the same, by where they come from',
    bytes: 256 * MiB,
    ofOne: 128 * MiB,
    owner: 'server',
    ms: 120 * second,
    beyond: 'no more is read from that server, and so on as above',
  },
  siblingAnswers: {
    what: 'the same, from a shared child on their way to the worker that asked',
    bytes: 128 * MiB,
    ofOne: 64 * MiB,
    owner: 'process',
    ms: 120 * second,
    beyond: '-31003',
  },
  exchangedTokens: {
    what: 'tokens exchanged for callers, and as much again of the tokens they came with',
    bytes: 32 * MiB,
    ofOne: 32 * MiB,
    owner: 'server',
    ms: hour,
    beyond: 'those not used for longest are exchanged again; 10,000 at most',
  },
  lists: {
    what: 'lists of servers that callers share, all four kinds; 512 bytes and the names of each item counted as well',
    bytes: 256 * MiB,
    ofOne: 32 * MiB,
    owner: 'server',
    ms: 24 * hour,
    beyond:
      'the new list is refused, the last good one stays; a list is fetched no more often than its size allows (1 MiB a second)',
  },
  fetchedLists: {
    what: 'pages of lists that are being fetched',
    bytes: 128 * MiB,
    ofOne: 32 * MiB,
    owner: 'server',
    ms: 600 * second,
    beyond:
      'no more is read for up to 10 s; then the fetch has failed. The time is ten times `timeout`',
  },
  generations: {
    what: 'earlier lists, for clients that turn their pages',
    bytes: 64 * MiB,
    ofOne: 64 * MiB,
    owner: 'process',
    ms: hour,
    beyond: 'the oldest go, and a client that was turning their pages begins again',
  },
  generationsOfServer: {
    what: 'the same, by the server whose list has changed, in each merged list',
    bytes: 64 * MiB,
    ofOne: 8 * MiB,
    owner: 'server',
    ms: hour,
    beyond: 'as above',
  },
  sessionLeases: {
    what: 'ways into sessions at servers that another worker keeps, for [direct calls](direct.md), with the credential; with several workers only',
    bytes: 32 * MiB,
    ofOne: 4 * MiB,
    owner: 'caller',
    ms: 10 * second,
    beyond: 'calls go the usual way',
  },
  callerLists: {
    what: 'lists that are one caller’s own, of one endpoint',
    bytes: 64 * MiB,
    ofOne: 64 * MiB,
    owner: 'endpoint',
    ms: hour,
    beyond: 'those not used for longest are fetched again; 32 MiB of one caller at one server',
  },
  wholeLists: {
    what: 'answers to lists, ready to be sent again',
    bytes: 8 * MiB,
    ofOne: 8 * MiB,
    owner: 'list',
    ms: Infinity,
    beyond: 'they are put together for each request. They go with the list',
  },
  toolIndexes: {
    what: 'words of tools, for views with `discovery`; one index for equal lists, whoever asks',
    bytes: 64 * MiB,
    ofOne: 48 * MiB,
    owner: 'list',
    ms: Infinity,
    beyond:
      'indexes not used for longest are made again. Tools beyond 10,000 of a list, or for which there is no room, are not found; the log says so',
  },
  eventLogs: {
    what: 'messages kept for clients that come back to a stream',
    bytes: 64 * MiB,
    ofOne: 16 * MiB,
    owner: 'caller',
    ms: 60 * second,
    beyond:
      'the stream’s oldest go, and what does not fit is not kept; 4 MiB of one stream. The time counts from the loss of its connection',
  },
  pinDifferences: {
    what: 'what of [pinned definitions](pins.md) differs from approved ones',
    bytes: 32 * MiB,
    ofOne: 2 * MiB,
    owner: 'server',
    ms: Infinity,
    beyond:
      'differences are counted and not named (`left_out` in `/status`); what is withheld stays so. 5,000 of one kind',
  },
  pinFindings: {
    what: 'what the linter finds in definitions',
    bytes: 16 * MiB,
    ofOne: MiB,
    owner: 'server',
    ms: Infinity,
    beyond: 'findings are left out; 2,000 at most',
  },
  firstUse: {
    what: 'digests of definitions that were seen first',
    bytes: 128 * MiB,
    ofOne: 32 * MiB,
    owner: 'server',
    ms: Infinity,
    beyond:
      'what is seen more is not approved (`first_use_full`). Lockfiles are bounded by their size',
  },
  seenDefinitions: {
    what: 'digests of definitions in the lists that were compared last',
    bytes: 128 * MiB,
    ofOne: 32 * MiB,
    owner: 'server',
    ms: Infinity,
    beyond:
      'the oldest go, and are made again with the next list; 4 lists, 16 where callers have their own',
  },
  tokens: {
    what: 'verified tokens with their claims',
    bytes: 64 * MiB,
    ofOne: 64 * MiB,
    owner: 'configuration',
    ms: 24 * hour,
    beyond: 'the least recently used are verified anew; `token_cache_size` counts them as well',
  },
  proofs: {
    what: 'used DPoP proofs, until they end and for up to 60 s more',
    bytes: 64 * MiB,
    ofOne: 8 * MiB,
    owner: 'caller',
    ms: 660 * second,
    beyond:
      '429, from an eighth of what is free on; 503 where there is no room for a caller at all. The time is twice the longest `proof_lifetime` and a minute',
  },
} as const satisfies Readonly<Record<string, Held>>;

/** What an entry of a table costs beside its bytes, about. */
export const entryBytes = KiB;

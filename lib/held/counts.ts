const KiB = 1_024;
const minute = 60_000;
const hour = 60 * minute;

/** Things of a size that is bounded: so many of them are so many bytes at most. */
export interface Counted {
  readonly what: string;
  readonly most: number;
  /** Most of one owner. */
  readonly ofOne: number;
  /** Who has a share. A caller is a user, whichever client they use. */
  readonly owner: 'caller' | 'server' | 'process';
  /** What one of them takes at most, in bytes, about. */
  readonly entry: number;
  /** Milliseconds. */
  readonly ms: number;
  readonly beyond: string;
}

/** As `held`, of what is counted one by one. */
export const counted = {
  calls: {
    what: 'calls under way, with answers of up to 64 KiB',
    most: 20_000,
    ofOne: 2_500,
    owner: 'caller',
    entry: 72 * KiB,
    ms: hour,
    beyond: '-31003. The time is that of the longest `timeout`, and a client’s while it is asked',
  },
  connections: {
    what: 'connections of Kong to the aggregator',
    most: 16_384,
    ofOne: 16_384,
    owner: 'process',
    entry: 16 * KiB,
    ms: 10_000,
    beyond:
      '503 with `Retry-After`, and beyond 256 more they are closed at once. The time is how long a new one may say nothing',
  },
  streams: {
    what: 'open streams of GET and `subscriptions/listen`',
    most: 10_000,
    ofOne: 256,
    owner: 'caller',
    entry: 8 * KiB,
    ms: hour,
    beyond: '503. The time is `max_stream_age`',
  },
  mailboxes: {
    what: 'streams of sessions that can be taken up again',
    most: 10_000,
    ofOne: 256,
    owner: 'caller',
    entry: 2 * KiB,
    ms: minute,
    beyond: 'the caller’s oldest go, those without a connection first',
  },
  subscriptions: {
    what: 'subscriptions to resources',
    most: 20_000,
    ofOne: 2_000,
    owner: 'caller',
    entry: 12 * KiB,
    ms: 24 * hour,
    beyond: '-31012; 256 of one session or stream. The time is `session_ttl`',
  },
  parkedCalls: {
    what: 'calls that wait for a client without a session to come back',
    most: 1_000,
    ofOne: 32,
    owner: 'caller',
    entry: 72 * KiB,
    ms: 10 * minute,
    beyond: '-31003',
  },
  asks: {
    what: 'questions that wait for a client, of up to 64 KiB; larger ones are counted with answers',
    most: 10_000,
    ofOne: 256,
    owner: 'caller',
    entry: 66 * KiB,
    ms: 10 * minute,
    beyond: 'the server gets an error; 16 of one call',
  },
  derivedKeys: {
    what: 'keys to what callers carry sealed, one of each kind of it',
    most: 10_000,
    ofOne: 10_000,
    owner: 'process',
    entry: KiB,
    ms: Infinity,
    beyond: 'those not used for longest are derived again',
  },
  openedSessions: {
    what: 'session ids that were opened',
    most: 10_000,
    ofOne: 10_000,
    owner: 'process',
    entry: KiB,
    ms: 24 * hour,
    beyond: 'those not used for longest are opened again. The time is `session_ttl`',
  },
  endedSessions: {
    what: 'ended sessions, so that they stay ended',
    most: 100_000,
    ofOne: 100_000,
    owner: 'process',
    entry: 256,
    ms: 24 * hour,
    beyond:
      'the oldest are forgotten, and open again for their own caller. The time is `session_ttl`',
  },
  logLevels: {
    what: 'log levels that sessions have set',
    most: 100_000,
    ofOne: 100_000,
    owner: 'process',
    entry: 256,
    ms: 24 * hour,
    beyond: 'the least recently used are forgotten: servers decide again what they send',
  },
  lentSessions: {
    what: 'ways into sessions at servers that other workers were given, for direct calls',
    most: 20_000,
    ofOne: 20_000,
    owner: 'process',
    entry: KiB,
    ms: 10_000,
    beyond: 'none is given, and calls go the usual way',
  },
  proofKeys: {
    what: 'public keys that have signed a DPoP proof',
    most: 5_000,
    ofOne: 5_000,
    owner: 'process',
    entry: 2 * KiB,
    ms: Infinity,
    beyond: 'the least recently used are read again',
  },
  doorTickets: {
    what: 'requests to a facade on their way through Kong’s other plugins',
    most: 4_096,
    ofOne: 4_096,
    owner: 'process',
    entry: KiB,
    ms: minute / 2,
    beyond: 'the oldest go: what other plugins have refused never comes for its own',
  },
  doorConnections: {
    what: 'connections of Kong for requests to a facade, with a request and its answer',
    most: 512,
    ofOne: 512,
    owner: 'process',
    entry: 384 * KiB,
    ms: minute / 2,
    beyond: 'they are closed at once, which Kong answers with 502. The time is a request’s',
  },
} as const satisfies Readonly<Record<string, Counted>>;

import type { Duplex } from 'node:stream';
import { McpError } from '../../../../lib/errors/errors.js';
import { Cancellation } from '../../../../lib/flow/cancellation.js';
import { readFrames, sendFrame } from '../../../../lib/workers/frames.js';
import type { ServerConfig } from '../../config/config.js';
import { unavailable } from '../failure/failures.js';
import { toldOf } from '../failure/told-error.js';
import type { Lease } from '../registry.js';
import { sendList } from './list-frames.js';
import type { FromFetcher, ToFetcher } from './list-frames.js';

export interface ListHostOptions {
  /** The server with this key, if this worker has had it. */
  readonly serverOf: (key: string) => ServerConfig | undefined;
  readonly acquire: (server: ServerConfig) => Lease;
  /** Another worker has heard that lists of a server have changed. */
  readonly onChanged: (key: string, method: string) => void;
}

/** What asks for lists is small. */
const mostBytes = 4_096;

/** Fetches lists for one other worker, until the stream has ended; keeps their servers meanwhile. */
export async function hostLists(stream: Duplex, options: ListHostOptions): Promise<void> {
  const leases = new Map<string, Lease>();
  const gone = new Cancellation();
  const release = (key: string) => {
    leases.get(key)?.release();
    leases.delete(key);
  };
  await readFrames(stream, mostBytes, ({ head }) => {
    const message = head as unknown as ToFetcher;
    if (message.t === 'want') void want(message);
    else if (message.t === 'changed') options.onChanged(message.key, message.method);
    else release(message.key);
  });
  gone.abort();
  for (const key of [...leases.keys()]) release(key);

  async function want({ n, key, kind }: Extract<ToFetcher, { t: 'want' }>): Promise<void> {
    try {
      const listed = await leaseOf(key).upstream.list(kind, gone);
      try {
        await sendList(stream, n, listed);
      } finally {
        listed.release?.();
      }
    } catch (error) {
      const known = error instanceof McpError ? error : unavailable(key, 'cannot be asked');
      const failed: FromFetcher = { t: 'failed', n, error: toldOf(known) };
      sendFrame(stream, { ...failed });
    }
  }

  function leaseOf(key: string): Lease {
    const known = leases.get(key);
    if (known) return known;
    const server = options.serverOf(key);
    if (server === undefined) throw unavailable(key, 'is not known to the worker that fetches it');
    const lease = options.acquire(server);
    leases.set(key, lease);
    return lease;
  }
}

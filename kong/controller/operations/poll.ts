import { lookup } from 'node:dns/promises';
import { request } from 'undici';
import { log } from '../../../lib/log.js';
import { seenEndpoints } from '../core/seen.js';
import type { SeenEndpoint, SeenServer } from '../core/snapshot.js';

const timeoutMs = 3_000;
const maxPageBytes = 64 * 1024 * 1024;
const mostAddresses = 256;

/** What plugin servers say, asked again and again. */
export class OperationsPoll {
  readonly #urls: readonly URL[];
  /** Servers that have been failing, by label and name: one bad look is none. */
  #failing = new Set<string>();
  #seen: ReadonlyMap<string, SeenEndpoint> = new Map();

  /** @param urls origins of operations listeners; a name with several addresses is several of them */
  constructor(urls: readonly URL[]) {
    this.#urls = urls;
  }

  get seen(): ReadonlyMap<string, SeenEndpoint> {
    return this.#seen;
  }

  /** Asks all of them once. */
  async look(): Promise<void> {
    const places = (await Promise.all(this.#urls.map(addressesOf))).flat().slice(0, mostAddresses);
    const pages = await Promise.all(places.map(pageOf));
    const answered = pages.filter((page) => page !== undefined);
    // Nobody answers: what was seen last is better than nothing, and no reason to say otherwise.
    if (answered.length === 0 && places.length > 0 && this.#seen.size > 0) return;
    this.#seen = this.#steady(seenEndpoints(answered));
  }

  #steady(seen: ReadonlyMap<string, SeenEndpoint>): ReadonlyMap<string, SeenEndpoint> {
    const failing = new Set<string>();
    const steady = new Map(
      [...seen].map(([label, endpoint]) => {
        const servers = endpoint.servers.map((server): SeenServer => {
          const key = `${label.split('@')[0]} ${server.name}`;
          if (server.working) return server;
          failing.add(key);
          const before = this.#seen.get(label)?.servers.find(({ name }) => name === server.name);
          return this.#failing.has(key) || before?.working !== true ? server : before;
        });
        return [label, { ...endpoint, servers }] as const;
      }),
    );
    this.#failing = failing;
    return steady;
  }
}

async function addressesOf(url: URL): Promise<readonly URL[]> {
  try {
    const found = await lookup(url.hostname.replace(/^\[|\]$/g, ''), { all: true });
    return found.map(({ address, family }) => {
      const one = new URL(url);
      one.hostname = family === 6 ? `[${address}]` : address;
      return one;
    });
  } catch (error) {
    log('debug', 'operations_not_found', { host: url.host, reason: (error as Error).message });
    return [];
  }
}

async function pageOf(origin: URL): Promise<unknown> {
  try {
    const { statusCode, body } = await request(new URL('/status', origin), {
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      signal: AbortSignal.timeout(timeoutMs * 2),
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxPageBytes) throw new Error('the page is too large');
      chunks.push(chunk);
    }
    if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`);
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    log('debug', 'operations_silent', { host: origin.host, reason: (error as Error).message });
    return undefined;
  }
}

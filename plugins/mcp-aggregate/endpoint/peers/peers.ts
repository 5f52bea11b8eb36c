import { Agent, request } from 'undici';
import { LRUCache } from 'lru-cache';
import { McpError } from '../../../../lib/errors/errors.js';
import { log } from '../../../../lib/log.js';
import type { Owner } from '../../core/owners/owner.js';
import { readPeer } from '../../core/owners/peer.js';
import type { PeerAddress } from '../../core/owners/peer.js';
import { standIn } from '../../core/owners/place-of.js';
import type { Destination } from '../requests/destination.js';
import { probeHeader, probePath } from './probes.js';
import type { NodeSaid, Probes } from './probes.js';

/** How long a node may take to say that it is there. */
const probeMs = 500;
/** How long what was found out holds. */
const holdsMs = 1_000;
const mostNodes = 1_000;
const mostAnswer = 4_096;
const warnEveryMs = 60_000;
/** A signal does not end the wait for a connection that nobody accepts or refuses. */
const dispatcher = new Agent({ connect: { timeout: probeMs } });

type Found = NodeSaid | 'gone' | 'stranger';

/** What is known of another node, for operators. */
export interface PeerSeen {
  readonly node: string;
  readonly state: 'there' | 'gone' | 'other_key';
  readonly workers: number | null;
  readonly seconds_ago: number;
}

interface Known {
  readonly found: Found;
  readonly at: number;
}

/** The other nodes of the gateway, as far as requests lead there. */
export class Peers {
  readonly #self: PeerAddress | undefined;
  readonly #probes: Probes;
  readonly #known = new LRUCache<string, Known>({ max: mostNodes });
  readonly #flights = new Map<string, Promise<Found>>();
  #warnedAt = -Infinity;

  /** @param self where others reach this node; undefined where they do not, and it reaches none */
  constructor(self: PeerAddress | undefined, probes: Probes) {
    this.#self = self;
    this.#probes = probes;
  }

  get seen(): readonly PeerSeen[] {
    return [...this.#known.entries()].map(([node, { found, at }]) => ({
      node,
      state: found === 'gone' ? 'gone' : found === 'stranger' ? 'other_key' : 'there',
      workers: typeof found === 'string' ? null : found.count,
      seconds_ago: Math.round((performance.now() - at) / 1_000),
    }));
  }

  /**
   * Where what another node keeps is served.
   * @param ofSession whether it is a session's: its client begins anew where the node is gone
   * @throws McpError `session_not_found` or `peer_gone`; `peer_unconfigured`
   */
  async reach({ node, slot }: Owner, ofSession: boolean): Promise<Destination> {
    const address = readPeer(node);
    if (this.#self === undefined || address === undefined) {
      throw new McpError(
        'peer_unconfigured',
        'another node of the gateway keeps what this request is about, and this one cannot lead it there: set KONG_MCP_PEER_ADDRESS on every node',
      );
    }
    const found = await this.#look(address, slot);
    if (typeof found === 'string') throw this.#lost(node, found, ofSession);
    const serving = standIn(slot, found.count, (one) => found.up.includes(one));
    if (serving === undefined) throw this.#lost(node, 'gone', ofSession);
    return { host: address.host, port: address.port + serving, here: false };
  }

  #lost(node: string, found: 'gone' | 'stranger', ofSession: boolean): McpError {
    if (found === 'stranger') this.#warn(node);
    if (ofSession) {
      return new McpError('session_not_found', 'this session is not known here: initialize again');
    }
    return new McpError('peer_gone', 'the node that keeps what this request is about is gone');
  }

  #warn(node: string): void {
    if (performance.now() - this.#warnedAt < warnEveryMs) return;
    this.#warnedAt = performance.now();
    const hint =
      'it does not believe this node: most likely they have different sealing keys; set the same KONG_MCP_SEALING_KEY on every node, a new one last in the list before it comes first';
    log('warn', 'peer_other_key', { node, hint });
  }

  async #look(address: PeerAddress, slot: number): Promise<Found> {
    const { text } = address;
    const known = this.#known.get(text);
    if (known && performance.now() - known.at < holdsMs) return known.found;
    let flight = this.#flights.get(text);
    if (flight === undefined) {
      flight = this.#ask(address, slot).then((found) => {
        this.#known.set(text, { found, at: performance.now() });
        this.#flights.delete(text);
        return found;
      });
      this.#flights.set(text, flight);
    }
    return flight;
  }

  /** Any worker of the node can say which are up: two are asked, since one may be down itself. */
  async #ask(address: PeerAddress, slot: number): Promise<Found> {
    const slots = [slot, slot === 0 ? 1 : 0];
    const probes = slots.map((one) => this.#probe(address, one));
    // Where a port is not reached at all, nobody says so before the time is over.
    const there = probes.map(async (probe) => {
      const found = await probe;
      if (typeof found === 'string') throw new Error(found);
      return found;
    });
    return Promise.any(there).catch(async () =>
      (await Promise.all(probes)).includes('stranger') ? 'stranger' : 'gone',
    );
  }

  async #probe({ host, port }: PeerAddress, slot: number): Promise<Found> {
    if (port + slot > 65_535) return 'gone';
    const at = `${host}:${port + slot}`;
    const { header, check } = this.#probes.ask(at);
    try {
      const { statusCode, body } = await request(`http://${at}${probePath}`, {
        dispatcher,
        headers: { [probeHeader]: header },
        signal: AbortSignal.timeout(probeMs),
        headersTimeout: probeMs,
        bodyTimeout: probeMs,
      });
      const chunks: Buffer[] = [];
      let length = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > mostAnswer) return 'gone';
        chunks.push(chunk);
      }
      if (statusCode === 403) return 'stranger';
      const said = statusCode === 200 ? check(Buffer.concat(chunks).toString()) : undefined;
      return said ?? 'gone';
    } catch {
      return 'gone';
    }
  }
}

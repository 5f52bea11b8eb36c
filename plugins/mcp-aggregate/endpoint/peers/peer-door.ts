import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError, McpError } from '../../../../lib/errors/errors.js';
import { log } from '../../../../lib/log.js';
import type { Siblings } from '../../../../lib/workers/siblings.js';
import { errorBody } from '../../core/calls/rpc-error.js';
import type { PeerAddress } from '../../core/owners/peer.js';
import { writeJson } from '../answer/json-writer.js';
import { outcomeHeaders } from '../answer/outcome-headers.js';
import { Listener } from '../listening/listener.js';
import { placeOf } from '../requests/destination.js';
import { probeHeader } from './probes.js';
import type { NodeSaid, Probes } from './probes.js';

export interface PeerDoorOptions {
  readonly address: PeerAddress;
  readonly siblings: Siblings;
  readonly probes: Probes;
  /** Serves what brings a sealed ticket to `at`. */
  readonly serve: (at: string, request: IncomingMessage, response: ServerResponse) => void;
}

/** How often a port that another process still has is tried, in milliseconds. */
const againMs = 250;
const stranger = new McpError('handle_invalid', 'this address is for nodes of the same gateway');

/** Where other nodes reach the aggregator of this worker: nothing but sealed tickets opens it. */
export class PeerDoor {
  readonly #options: PeerDoorOptions;
  readonly #listener: Listener;
  readonly #at: { readonly host: string; readonly port: number };
  #closed = false;

  constructor(options: PeerDoorOptions) {
    this.#options = options;
    const { address, siblings } = options;
    this.#at = { host: address.host, port: address.port + siblings.slot };
    const at = placeOf(this.#at);
    this.#listener = new Listener((request, response) => {
      const header = request.headers[probeHeader];
      if (header === undefined) return options.serve(at, request, response);
      this.#answer(at, String(header), response);
    });
  }

  /**
   * Resolves once it is open; where a predecessor has the port still, it opens later.
   * @throws ConfigError for an address that is not this machine's
   */
  async open(): Promise<void> {
    if (await this.#tryOpen()) return;
    log('warn', 'peer_port_taken', { ...this.#at, hint: 'it is tried until it is free' });
    void this.#openLater();
  }

  /** As `Listener.close`. */
  async close(ms: number): Promise<void> {
    this.#closed = true;
    await this.#listener.close(ms, () => undefined);
  }

  async #openLater(): Promise<void> {
    while (!this.#closed) {
      await pause(againMs, undefined, { ref: false });
      if (!this.#closed && (await this.#tryOpen().catch(() => false))) return;
    }
  }

  /** False where the port is taken. */
  async #tryOpen(): Promise<boolean> {
    const { host, port } = this.#at;
    try {
      await this.#listener.start({ host: host.replace(/^\[|\]$/g, ''), port });
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE') return false;
      const why = `cannot be listened at (${code}): HOST must be an address of this machine`;
      throw new ConfigError('KONG_MCP_PEER_ADDRESS', `${placeOf(this.#at)} ${why}`);
    }
    log('info', 'peer_listening', this.#at);
    return true;
  }

  #answer(at: string, header: string, response: ServerResponse): void {
    const { probes, siblings } = this.#options;
    const up: number[] = [];
    for (let slot = 0; slot < siblings.count; slot++) {
      if (slot === siblings.slot || siblings.portOf(slot) !== undefined) up.push(slot);
    }
    const said: NodeSaid = { count: siblings.count, up };
    const answer = probes.answer(at, header, said);
    if (answer !== undefined) return void response.writeHead(200).end(answer);
    const headers = outcomeHeaders(undefined, stranger.code);
    void writeJson(response, stranger.status, [errorBody(stranger)], headers);
  }
}

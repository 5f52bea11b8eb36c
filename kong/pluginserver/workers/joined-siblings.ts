import { rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { SiblingGoneError } from '../../../lib/workers/siblings.js';
import type { Remove, Siblings } from '../../../lib/workers/siblings.js';
import type { Channel } from './channel.js';
import type { ToPrimary, ToWorker, Welcome } from './messages.js';
import { openPrivate, PrivateSocket } from './private-sockets.js';

type Take = (message: unknown, from: number) => void;
type TakeStream = (stream: Duplex, hello: unknown, from: number) => void;

/** Characters of a message to the others, as JSON. */
const longest = 65_536;

/** The workers of one server, as one of them sees them. */
export class JoinedSiblings implements Siblings {
  readonly slot: number;
  readonly count: number;
  readonly authentication: number | undefined;
  readonly #primary: Channel<ToPrimary, ToWorker>;
  readonly #folder: string;
  readonly #token: string;
  readonly #socket: PrivateSocket;
  readonly #takers = new Map<string, Set<Take>>();
  readonly #streamTakers = new Map<string, TakeStream>();
  #ports: readonly (number | null)[] = [];
  #ownPort: number | undefined;

  constructor(welcome: Welcome, primary: Channel<ToPrimary, ToWorker>) {
    const { slot, count, authentication, folder, token } = welcome;
    this.slot = slot;
    this.count = count;
    this.authentication = authentication;
    this.#primary = primary;
    this.#folder = folder;
    this.#token = token;
    this.#socket = new PrivateSocket(this.#pathOf(slot), token, ({ topic, hello, from }) => {
      const take = this.#streamTakers.get(topic);
      return take && ((stream) => take(stream, hello, from));
    });
    primary.on('ports', (ports) => {
      this.#ports = ports;
      return undefined;
    });
    primary.on('told', ({ topic, message, from }) => {
      for (const take of this.#takers.get(topic) ?? []) take(message, from);
      return undefined;
    });
  }

  /** Listens for streams of the others. */
  async listen(): Promise<void> {
    await this.#socket.listen();
  }

  /** Takes no more streams; who is last where the primary is gone removes the folder. */
  close(): void {
    this.#socket.close();
    try {
      rmdirSync(this.#folder);
    } catch {
      // Others are still there, or the primary was quicker.
    }
  }

  portOf(slot: number): number | undefined {
    return slot === this.slot ? this.#ownPort : (this.#ports[slot] ?? undefined);
  }

  announce(port: number): void {
    this.#ownPort = port;
    this.#primary.tell('port', port);
  }

  /** @throws RangeError for a message above 64 KiB: the primary keeps them for slow readers */
  tell(topic: string, message: unknown): void {
    if ((JSON.stringify(message) ?? '').length > longest) {
      throw new RangeError(`a message on ${topic} is above ${longest} characters`);
    }
    this.#primary.tell('tell', { topic, message });
  }

  onTold(topic: string, take: Take): Remove {
    const takers = this.#takers.get(topic) ?? new Set();
    takers.add(take);
    this.#takers.set(topic, takers);
    return () => void takers.delete(take);
  }

  async connect(slot: number, topic: string, hello: unknown): Promise<Duplex> {
    const opening = { topic, from: this.slot, hello };
    try {
      return await openPrivate(this.#pathOf(slot), this.#token, opening);
    } catch {
      throw new SiblingGoneError(slot);
    }
  }

  /** One taker per topic; the last one counts. */
  onConnect(topic: string, take: TakeStream): Remove {
    this.#streamTakers.set(topic, take);
    return () => {
      if (this.#streamTakers.get(topic) === take) this.#streamTakers.delete(topic);
    };
  }

  #pathOf(slot: number): string {
    return join(this.#folder, String(slot));
  }
}

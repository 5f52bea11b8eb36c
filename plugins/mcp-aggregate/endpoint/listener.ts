import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Kong keeps idle connections for 60 s; closing earlier than Kong makes it answer 502. */
const keepAliveTimeout = 120_000;
/** A request's head and body; Kong sends it once it has the whole body. */
const requestTimeout = 120_000;
const headersTimeout = 30_000;
/** nginx passes up to 32 KiB of headers by default, to which we add. */
const maxHeaderSize = 65_536;

/** The aggregator's HTTP server, on a free port of the loopback interface (design D3). */
export class Listener {
  readonly #server: Server;
  #port: number | undefined;

  constructor(onRequest: RequestListener) {
    const options = { keepAliveTimeout, requestTimeout, headersTimeout, maxHeaderSize };
    this.#server = createServer(options, onRequest);
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => {
        this.#server.off('error', reject);
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  /** @throws Error while it does not listen */
  get port(): number {
    if (this.#port === undefined) throw new Error('the aggregator is not listening');
    return this.#port;
  }

  /** Takes nothing new, lets what runs end within `ms`, then cuts it off. */
  async close(ms: number, beforeCut: () => void): Promise<void> {
    if (!this.#server.listening) return;
    this.#port = undefined;
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    const sweep = setInterval(() => this.#server.closeIdleConnections(), 50);
    const cut = setTimeout(() => {
      beforeCut();
      setTimeout(() => this.#server.closeAllConnections(), 100);
    }, ms);
    await closed;
    clearInterval(sweep);
    clearTimeout(cut);
  }
}

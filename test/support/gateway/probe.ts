import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { until } from '../readiness.js';
import { gatewayName } from './kong-command.js';

const path = '/.gateway-probe';

/** A Service of the driver's own, by which it learns which configuration a worker serves. */
export class Probe {
  readonly #server: Server;
  #generation = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Probe> {
    const server = createServer((_, response) => response.writeHead(204).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    server.unref();
    return new Probe(server);
  }

  /** True for a log line that the probe caused. */
  static caused(line: string): boolean {
    return line.includes(path);
  }

  /** A Service with a route that only the next configuration has. */
  nextService(): Record<string, unknown> {
    this.#generation += 1;
    const { port } = this.#server.address() as AddressInfo;
    const route = { name: 'gateway-probe', paths: [`${path}/${this.#generation}`] };
    return { name: 'gateway-probe', url: `http://127.0.0.1:${port}`, routes: [route] };
  }

  /**
   * Waits until so many connections in a row meet the newest configuration that no worker is left
   * with an older one, and checks that it is the gateway asked for.
   */
  async untilServed(base: string, workers: number): Promise<void> {
    let row = 0;
    const wanted = workers === 1 ? 8 : workers * 12;
    await until(() => this.#ask(base).then((met) => (row = met ? row + 1 : 0) >= wanted), {
      what: `the gateway at ${base} does not serve configuration ${this.#generation}`,
      timeoutMs: 30_000,
      everyMs: 2,
    });
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #ask(base: string): Promise<boolean> {
    const answer = await request(`${base}${path}/${this.#generation}`, { reset: true });
    await answer.body.dump();
    const via = String(answer.headers['via'] ?? answer.headers['server']);
    if (!gatewayName.test(via)) throw new Error(`not the gateway that was asked for: ${via}`);
    return answer.statusCode === 204;
  }
}

import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { setLogLevel } from '../../../../lib/log.js';
import { Listener } from '../../../../plugins/mcp-aggregate/endpoint/listening/listener.js';

const clients: Socket[] = [];
let listener: Listener;
beforeAll(() => setLogLevel('error'));
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await listener.close(0, () => undefined);
});

async function start(bounds: { most: number; refused: number; firstByteMs: number }) {
  listener = new Listener((_request, response) => void response.end('served'), bounds);
  await listener.start();
}

async function client(): Promise<Socket> {
  const socket = connect(listener.port, '127.0.0.1');
  socket.on('error', () => undefined);
  clients.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** What comes back to a request, until the connection is quiet or ends. */
async function ask(socket: Socket): Promise<string> {
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const [chunk] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [unknown];
  return Buffer.isBuffer(chunk) ? chunk.toString() : 'closed';
}

describe('the connections of the aggregator', () => {
  it('are served up to a number; on further ones requests are told so and may come again', async () => {
    await start({ most: 2, refused: 1, firstByteMs: 10_000 });
    const [first, second] = [await client(), await client()];
    expect(await ask(first)).toContain('served');
    expect(await ask(second)).toContain('served');
    const refused = await ask(await client());
    expect(refused).toMatch(/^HTTP\/1\.1 503 /);
    expect(refused.toLowerCase()).toContain('retry-after: 1');
    expect(refused).toContain('"code":-31003');
    expect(await ask(first)).toContain('served');
  });

  it('are closed at once where there are more than can be told', async () => {
    await start({ most: 1, refused: 1, firstByteMs: 10_000 });
    const [first, second] = [await client(), await client()];
    expect(await ask(await client())).toBe('closed');
    expect(await ask(second)).toContain('503');
    expect(await ask(first)).toContain('served');
  });

  it('make room when they end', async () => {
    await start({ most: 1, refused: 1, firstByteMs: 10_000 });
    const first = await client();
    expect(await ask(first)).toContain('served');
    first.destroy();
    while (listener.connections > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await ask(await client())).toContain('served');
  });

  it('end where nothing is said, and not where a request came and another may', async () => {
    await start({ most: 10, refused: 1, firstByteMs: 100 });
    const [kong, silent] = [await client(), await client()];
    expect(await ask(kong)).toContain('served');
    silent.resume();
    await once(silent, 'close');
    expect(await ask(kong)).toContain('served');
  });
});

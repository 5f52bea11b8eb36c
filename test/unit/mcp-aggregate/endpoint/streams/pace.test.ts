import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { setLogLevel } from '../../../../../lib/log.js';
import { Pace } from '../../../../../plugins/mcp-aggregate/endpoint/listening/pace.js';

const open: { close: () => void }[] = [];
beforeAll(() => setLogLevel('error'));
afterEach(() => open.splice(0).forEach((one) => one.close()));

/** A response to a client that reads nothing unless it is told to. */
async function unread(): Promise<{ response: ServerResponse; client: Socket }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  open.push({ close: () => (client.destroy(), server.close()) });
  client.pause();
  client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  response.writeHead(200);
  return { response, client };
}

/** Writes until the client has no room for more. */
function fill(response: ServerResponse, pace: Pace): void {
  const piece = Buffer.alloc(1_048_576);
  for (let room = true; room;) {
    room = response.write(piece);
    pace.wrote(piece.length);
  }
}

/** The system itself takes some MiB for a client that reads nothing. */
async function fillUntilCutOff(response: ServerResponse, pace: Pace): Promise<void> {
  for (let n = 0; n < 1_000 && !response.destroyed; n++) {
    fill(response, pace);
    await pace.drained();
  }
}

describe('a client that takes a large message', () => {
  it('is cut off when it takes nothing for too long', async () => {
    const { response } = await unread();
    const pace = new Pace(response, { stallMs: 60, leastRate: 1 });
    const startedAt = performance.now();
    await fillUntilCutOff(response, pace);
    expect(response.destroyed).toBe(true);
    // Timers count from the beginning of their turn.
    expect(performance.now() - startedAt).toBeGreaterThan(30);
  });

  it('is cut off when it takes a little now and then, below the least rate', async () => {
    const { response, client } = await unread();
    const pace = new Pace(response, { stallMs: 300, leastRate: 1e12 });
    const trickle = setInterval(() => {
      client.read(4_096);
    }, 20);
    try {
      await fillUntilCutOff(response, pace);
      expect(response.destroyed).toBe(true);
    } finally {
      clearInterval(trickle);
    }
  });

  it('gets all of it when it reads, also after a pause', async () => {
    const { response, client } = await unread();
    const pace = new Pace(response, { stallMs: 5_000, leastRate: 1 });
    fill(response, pace);
    setTimeout(() => client.resume(), 50);
    await pace.drained();
    response.end();
    await pace.finished();
    await pace.finished();
    expect([response.destroyed && !response.writableFinished, response.writableFinished]).toEqual([
      false,
      true,
    ]);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrames, FrameDecoder } from '../../../kong/pluginserver/wire/frames.js';
import { decodeRpcCall, encodeRpcReturn } from '../../../kong/pluginserver/wire/messages.js';
import type { Exchange } from '../../../kong/standin/exchange.js';
import { ExternalHandler } from '../../../kong/standin/external/external.js';
import type { Plugin } from '../../../kong/standin/model.js';

const nothing = Buffer.alloc(0);

/** A plugin server that answers events as the test says, and counts what it is asked. */
class FakePluginServer {
  readonly asked = { starts: 0, events: 0, connections: 0 };
  onStart: (socket: Socket, sequence: number) => void;
  onEvent: (socket: Socket, sequence: number) => void;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(path: string) {
    this.onStart = (socket, sequence) => {
      const instanceStatus = { name: 'p', instanceId: 7, startedAt: 0 };
      socket.write(encodeFrames([encodeRpcReturn({ sequence, instanceStatus })]));
    };
    this.onEvent = (socket, sequence) => {
      socket.write(encodeFrames([nothing, encodeRpcReturn({ sequence })]));
    };
    this.#server = createServer((socket) => this.#serve(socket)).listen(path);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    const decoder = new FrameDecoder();
    this.#sockets.add(socket);
    this.asked.connections += 1;
    socket.on('data', (chunk) => {
      decoder.push(chunk, (frame) => {
        const { sequence, command } = decodeRpcCall(frame);
        if (command?.type === 'startInstance') {
          this.asked.starts += 1;
          this.onStart(socket, sequence);
        } else {
          this.asked.events += 1;
          this.onEvent(socket, sequence);
        }
      });
    });
  }
}

class FakeExchange {
  readonly response = { destroyed: false };
  answer: { readonly status: number } | undefined;

  error(status: number): void {
    this.answer ??= { status };
  }
}

describe('an external plugin', () => {
  let folder: string;
  let server: FakePluginServer;
  let handler: ExternalHandler;
  let exchange: FakeExchange;

  const fields = [{ config: { type: 'record', fields: [] } }] as const;
  const described = { Name: 'p', Priority: 1, Phases: ['access'], Schema: { fields } };
  const plugin = (id: string): Plugin =>
    ({
      id,
      name: 'p',
      tags: null,
      config: {},
      handler,
      route: undefined,
      service: undefined,
    }) satisfies Plugin;
  const run = (id = 'one'): Promise<void> =>
    handler.access(exchange as unknown as Exchange, plugin(id));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'external-'));
    server = new FakePluginServer(join(folder, 's'));
    handler = new ExternalHandler(described, join(folder, 's'));
    exchange = new FakeExchange();
  });
  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  it('has one instance per configuration, and uses a connection again', async () => {
    await run();
    await run();
    await run('two');
    expect(server.asked).toEqual({ starts: 2, events: 3, connections: 1 });
    expect(exchange.answer).toBeUndefined();
  });

  it('gets a new instance when the connection closes, and the event again', async () => {
    const answer = server.onEvent;
    server.onEvent = (socket) => {
      server.onEvent = answer;
      socket.end();
    };
    await run();
    expect(server.asked).toMatchObject({ starts: 2, events: 2 });
    expect(exchange.answer).toBeUndefined();
  });

  it('ends in 500 when the client has left before a closed event was answered', async () => {
    server.onEvent = (socket) => {
      exchange.response.destroyed = server.asked.events === 3;
      socket.end();
    };
    await run();
    expect(server.asked.events).toBe(3);
    expect(exchange.answer).toEqual({ status: 500 });
  });

  it.each<[string, () => void]>([
    ['nobody listens', () => server.close()],
    ['an instance cannot be started', () => (server.onStart = (socket) => socket.end())],
    [
      'an instance is refused',
      () => {
        server.onStart = (socket, sequence) =>
          void socket.write(encodeFrames([encodeRpcReturn({ sequence })]));
      },
    ],
    [
      'an answer is to another call',
      () => {
        server.onEvent = (socket, sequence) =>
          void socket.write(encodeFrames([nothing, encodeRpcReturn({ sequence: sequence + 1 })]));
      },
    ],
    [
      'an unknown function is called',
      () => {
        server.onEvent = (socket) =>
          void socket.write(encodeFrames([Buffer.from('kong.no.such'), nothing]));
      },
    ],
    [
      'a frame is too large',
      () => (server.onEvent = (socket) => void socket.write('\xff\xff\xff\xff')),
    ],
  ])('ends in 500 when %s', async (_, fault) => {
    fault();
    await run();
    expect(exchange.answer).toEqual({ status: 500 });
  });

  it('with another phase than access is refused by name', () => {
    const other = { ...described, Phases: ['access', 'response'] };
    expect(() => new ExternalHandler(other, 's')).toThrow(/p: .*'response'/);
  });
});

import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { listenOnLoopback } from './loopback-server.js';

/** What a Redis answers to a command, as it is written; undefined for nothing at all. */
type Answer = string | undefined;

/** A Redis that does as it is told: what a real one cannot be made to do at the right moment. */
export interface FakeRedis extends AsyncDisposable {
  readonly port: number;
  /** Answers instead of the usual one, by command in lower case; given its arguments. */
  readonly answers: Map<string, (args: readonly string[]) => Answer>;
  /** Commands that have come, in lower case. */
  readonly asked: string[];
  /** Whether it reads and says nothing, as one that hangs. */
  hangs: boolean;
  /** Ends the connections that hear what is told. */
  dropListeners(): void;
  tell(text: string): void;
}

const usual: Readonly<Record<string, Answer>> = {
  hello: '%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n',
  info: bulk('redis_version:7.0.0\r\nloading:0'),
  ping: '+PONG\r\n',
  exists: ':0\r\n',
  publish: ':1\r\n',
  zremrangebyscore: ':0\r\n',
  zrevrangebyscore: '*0\r\n',
};

/** Listens on loopback until disposed of. */
export async function fakeRedis(): Promise<FakeRedis> {
  const listeners = new Map<Socket, string>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined).on('close', () => listeners.delete(socket));
    readCommands(socket, (name, args) => {
      fake.asked.push(name);
      if (fake.hangs) return;
      if (name === 'subscribe') listeners.set(socket, args[0]!);
      const answer = fake.answers.get(name);
      const text = answer
        ? answer(args)
        : name === 'subscribe'
          ? subscribed(args[0]!)
          : usual[name];
      if (answer === undefined || text !== undefined) socket.write(text ?? '+OK\r\n');
    });
  });
  const listening = await listenOnLoopback(server);
  const fake: FakeRedis = {
    port: listening.port,
    answers: new Map(),
    asked: [],
    hangs: false,
    dropListeners: () => {
      for (const socket of listeners.keys()) socket.destroy();
    },
    tell: (text) => {
      for (const [socket, channel] of listeners) {
        socket.write(`>3\r\n${bulk('message')}${bulk(channel)}${bulk(text)}`);
      }
    },
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
  return fake;
}

/** A text of the protocol. */
export function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}

function subscribed(channel: string): string {
  return `>3\r\n${bulk('subscribe')}${bulk(channel)}:1\r\n`;
}

/** Clients send lists of texts; none of ours holds a line break. */
function readCommands(socket: Socket, take: (name: string, args: readonly string[]) => void): void {
  let lines: string[] = [];
  let rest = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\r\n');
    rest = parts.pop()!;
    lines.push(...parts);
    for (;;) {
      const count = Number(lines[0]?.slice(1));
      if (!(lines.length > 2 * count)) return;
      const [name = '', ...args] = lines.slice(1, 2 * count + 1).filter((_, i) => i % 2 === 1);
      lines = lines.slice(2 * count + 1);
      take(name.toLowerCase(), args);
    }
  });
}

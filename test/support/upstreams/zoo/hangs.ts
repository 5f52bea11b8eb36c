import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { event, eventStream } from '../http-fixture.js';
import { deadline, deadlineMs, inCalls, late, unlisted } from './animal.js';
import type { Animal, Caught } from './animal.js';

/** Listens with room for hardly any connection, and takes none: its thread sleeps. */
const sleeper = `
  const server = require('node:net').createServer();
  server.listen(0, '127.0.0.1', 1, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

async function neverAccepts(): Promise<Caught> {
  const child = spawn(process.execPath, ['-e', sleeper], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [first] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(first.toString());
  const fillers = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await once(fillers[0]!, 'connect');
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    close: () => {
      for (const filler of fillers) filler.destroy();
      child.kill('SIGKILL');
      return Promise.resolve();
    },
  };
}

async function neverSpeaks(): Promise<Caught> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const progress = (token: unknown) =>
  event(
    JSON.stringify({
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: token, progress: 1 },
    }),
  );

/** Servers that stop at some stage and say no more. */
export const hangs: readonly Animal[] = [
  {
    name: 'hangs-before-accept',
    settings: deadline,
    start: neverAccepts,
    shows: unlisted('did not take the connection in time'),
  },
  {
    name: 'hangs-after-accept',
    settings: deadline,
    start: neverSpeaks,
    shows: unlisted(`did not answer within ${deadlineMs} ms`),
  },
  inCalls('hangs-before-headers', late, () => undefined),
  inCalls('hangs-after-headers', late, (_arrived, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
  }),
  inCalls('hangs-in-its-body', late, (arrived, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(`{"jsonrpc":"2.0","id":${arrived.id},"result":{"content":[`);
  }),
  inCalls('hangs-after-an-event', late, (arrived, response) => {
    eventStream(response);
    response.write(progress(arrived.params._meta?.progressToken));
  }),
  inCalls('drips-bytes', late, (arrived, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(`{"jsonrpc":"2.0","id":${arrived.id},"result":{"content":[],"filler":"`);
    const timer = setInterval(() => response.write('.'), 50);
    response.on('close', () => clearInterval(timer));
  }),
];

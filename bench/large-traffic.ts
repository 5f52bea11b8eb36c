import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { constants, setPriority } from 'node:os';

/**
 * Run as a process of its own, so that what it takes to make and read large answers is not taken from
 * what is measured. `server BYTES` serves a tool `large`, at `/plain` the same answer to anything;
 * `clients N BYTES` asks for it N times at once, whenever it is told to.
 */
export interface TrafficOrder {
  readonly url: string;
  readonly token: string;
  readonly tool: string;
  /** Sends a request of so many bytes, of a form that takes long to read; the answer may be small. */
  readonly request?: number;
}

/** A call as clients send it. */
export function callOf(
  name: string,
  args: object = { value: 41, note: 'a note of some length' },
): object {
  const params = { name, arguments: args };
  return { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
}

const [role, ...numbers] = process.argv.slice(2);
const tell = (message: unknown) => void process.send?.(message);

function serve(size: number): void {
  const results: Readonly<Record<string, string>> = {
    initialize:
      '{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"l","version":"1"}}',
    'tools/list': '{"tools":[{"name":"large","inputSchema":{"type":"object"}}]}',
  };
  const large = Buffer.from(`{"content":[{"type":"text","text":"${'x'.repeat(size)}"}]}}`);
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { id, method } = JSON.parse(Buffer.concat(chunks).toString()) as {
        readonly id?: number;
        readonly method: string;
      };
      if (id === undefined) return void response.writeHead(202).end();
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(`{"jsonrpc":"2.0","id":${id},"result":`);
      if (method === 'tools/call') response.end(large);
      else response.end(`${results[method] ?? '{}'}}`);
    });
  });
  server.listen(0, '127.0.0.1', () => {
    tell({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  });
}

/** Many small members: nothing else that is allowed takes as long to read. */
function manyMembers(bytes: number): object {
  const count = Math.floor(bytes / 9);
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [n.toString(36), 0]));
}

/** One answer, of which no more is kept than how it begins. */
interface Got {
  readonly status: number;
  readonly bytes: number;
  readonly begins: string;
  /** How its connection ended, where that was before the answer did. */
  readonly cut: string | undefined;
  readonly ms: number;
}

/** So much of an answer that came short is shown: an error says what it is. */
const shownBytes = 300;

function call({ url, token }: TrafficOrder, body: string): Promise<Got> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    authorization: `Bearer ${token}`,
  };
  const startedAt = performance.now();
  return new Promise((resolve) => {
    let [status, bytes, begins] = [0, 0, ''];
    const done = (cut?: string) =>
      resolve({ status, bytes, begins, cut, ms: performance.now() - startedAt });
    const sent = request(url, { method: 'POST', headers }, (response) => {
      status = response.statusCode ?? 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (begins.length < shownBytes) begins += chunk.toString('latin1', 0, shownBytes);
      });
      response.on('error', ({ message }) => done(message));
      response.on('end', () => done());
    });
    sent.on('error', ({ message }) => done(message));
    sent.end(body);
  });
}

/** What came short: how much of it came, with what status, and how its connection ended. */
function shortOf({ status, bytes, begins, cut, ms }: Got, size: number): string {
  const ended = cut === undefined ? 'ended as it should' : `connection lost: ${cut}`;
  const shown = JSON.stringify(begins.slice(0, shownBytes));
  return `${bytes} of more than ${size} bytes, HTTP ${status}, ${ended}, after ${Math.round(ms)} ms: ${shown}`;
}

/** What clients did since they were told to begin. */
export interface TrafficSeen {
  readonly passed: number;
  /** Each answer that came short. */
  readonly short: readonly string[];
}

function ask(count: number, size: number): void {
  let passed = 0;
  let short: string[] = [];
  let current: TrafficOrder | undefined;
  const one = async (order: TrafficOrder): Promise<void> => {
    const { tool, request: bytes } = order;
    const body = JSON.stringify(callOf(tool, bytes === undefined ? undefined : manyMembers(bytes)));
    while (current === order) {
      const got = await call(order, body);
      const wanted = bytes === undefined ? size : 1;
      if (got.cut === undefined && got.bytes >= wanted) passed += 1;
      else short.push(shortOf(got, wanted));
    }
  };
  let all = Promise.resolve<unknown>(undefined);
  process.on('message', (order: TrafficOrder | 'stop') => {
    if (order === 'stop') {
      current = undefined;
      void all.then(() => {
        tell({ passed, short } satisfies TrafficSeen);
        passed = 0;
        short = [];
      });
      return;
    }
    current = order;
    all = Promise.all(Array.from({ length: count }, () => one(order)));
  });
  tell('ready');
}

process.on('disconnect', () => process.exit());
// Clients and servers are elsewhere: what they take of these cores is not what is measured.
if (role !== undefined) setPriority(constants.priority.PRIORITY_LOW);
if (role === 'server') serve(Number(numbers[0]));
if (role === 'clients') ask(Number(numbers[0]), Number(numbers[1]));

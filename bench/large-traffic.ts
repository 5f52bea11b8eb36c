import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

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

/** Bytes of one answer, none of them kept. */
function call({ url, token }: TrafficOrder, body: string): Promise<number> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    authorization: `Bearer ${token}`,
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      response.on('error', reject);
      response.on('end', () => resolve(bytes));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function ask(count: number, size: number): void {
  let passed = 0;
  let current: TrafficOrder | undefined;
  const one = async (order: TrafficOrder): Promise<void> => {
    const { tool, request: bytes } = order;
    const body = JSON.stringify(callOf(tool, bytes === undefined ? undefined : manyMembers(bytes)));
    while (current === order) {
      const got = await call(order, body);
      // Where the machine is too slow an answer is given up: it has not passed.
      if (bytes !== undefined || got >= size) passed += 1;
    }
  };
  let all = Promise.resolve<unknown>(undefined);
  process.on('message', (order: TrafficOrder | 'stop') => {
    if (order === 'stop') {
      current = undefined;
      void all.then(() => {
        tell({ passed });
        passed = 0;
      });
      return;
    }
    current = order;
    all = Promise.all(Array.from({ length: count }, () => one(order)));
  });
  tell('ready');
}

process.on('disconnect', () => process.exit());
if (role === 'server') serve(Number(numbers[0]));
if (role === 'clients') ask(Number(numbers[0]), Number(numbers[1]));

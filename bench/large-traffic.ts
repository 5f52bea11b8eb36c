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
}

/** A call as clients send it. */
export function callOf(name: string): object {
  const params = { name, arguments: { value: 41, note: 'a note of some length' } };
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

/** Bytes of one answer, none of them kept. */
function call({ url, token, tool }: TrafficOrder): Promise<number> {
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
    sent.end(JSON.stringify(callOf(tool)));
  });
}

function ask(count: number, size: number): void {
  let passed = 0;
  let current: TrafficOrder | undefined;
  const one = async (order: TrafficOrder): Promise<void> => {
    while (current === order) {
      if ((await call(order)) < size) throw new Error('a large answer came short');
      passed += 1;
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

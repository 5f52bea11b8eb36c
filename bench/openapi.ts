import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { freePort } from '../test/support/ports.js';
import { median, onWhat, say, startRig, table, untilListed } from './rig.js';
import type { Rig } from './rig.js';

/**
 * A call of an API's tool against the same route called directly, in turns. Client and API are one
 * process, the same for both, so that what differs is what the gateway adds.
 */
const seconds = Number(process.env['SECONDS_EACH'] ?? '3');
const rounds = 4;
const path = '/internal/shop';
const item = '{"id":7,"name":"Lamp","price":39.0}';
const document = JSON.stringify({
  openapi: '3.1.0',
  info: { title: 'Shop', version: '1' },
  paths: {
    '/items/{id}': {
      get: {
        operationId: 'getItem',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }],
        responses: { 200: { content: { 'application/json': { schema: { type: 'object' } } } } },
      },
    },
  },
});

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly expect: string;
}

interface Round {
  readonly perSecond: number;
  readonly p50: number;
  /** Of the plugin server, in microseconds per call. */
  readonly cpu: number;
}

await using api = await startApi();
const internal = { name: 'mcp-aggregate', config: { mode: 'internal' } };
const port = await freePort();
const kong = `http://127.0.0.1:${port}`;
await using rig = await startRig({
  port,
  servers: [{ name: 'shop', route: { path, kong_url: kong }, openapi: { document } }],
  services: () => {
    const routes = [
      { name: 'shop', paths: [path], plugins: [internal] },
      { name: 'direct', paths: ['/shop'] },
    ];
    return [{ name: 'shop', url: api.url, retries: 0, routes }];
  },
});
await untilListed(rig, 1);
const token = await rig.issuer.token(rig.resource);
const ways: Readonly<Record<string, Asked>> = {
  'the route itself': { method: 'GET', path: '/shop/items/7', headers: {}, expect: '"Lamp"' },
  'tools/call': {
    method: 'POST',
    path: '/mcp',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"shop__getItem","arguments":{"id":7}}}',
    expect: 'structuredContent',
  },
};
for (const connections of [1, 16]) {
  const results = new Map(Object.keys(ways).map((name) => [name, [] as Round[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, asked] of Object.entries(ways)) {
      const measured = await load(rig, asked, connections);
      // The first one warms up.
      if (round > 0) results.get(name)!.push(measured);
    }
  }
  const rows = [...results].map(([name, all]) => [
    name,
    median(all.map(({ perSecond }) => perSecond)).toFixed(0),
    median(all.map(({ p50 }) => p50)).toFixed(2),
    median(all.map(({ cpu }) => cpu)).toFixed(0),
  ]);
  say(`\n${connections} connections, on ${onWhat}`);
  say(table(['', 'calls/s', 'p50 ms', 'plugin server µs/call'], rows));
}

async function load({ gateway }: Rig, asked: Asked, connections: number): Promise<Round> {
  const pool = new Pool(kong, { connections, pipelining: 1 });
  const times: number[] = [];
  const before = cpuOf(gateway.pluginServer.pid);
  const until = performance.now() + seconds * 1_000;
  const one = async (): Promise<void> => {
    while (performance.now() < until) {
      const start = performance.now();
      const { body } = await pool.request({ ...asked, body: asked.body ?? null });
      const text = await body.text();
      if (!text.includes(asked.expect)) throw new Error(text);
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  const used = cpuOf(gateway.pluginServer.pid) - before;
  await pool.close();
  const cpu = (used / times.length) * 1e6;
  return { perSecond: times.length / seconds, p50: median(times), cpu };
}

/** Seconds of CPU that a process has used, its threads included; Linux counts hundredths. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function startApi() {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(item);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const { port: own } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${own}`, [Symbol.asyncDispose]: close };
}

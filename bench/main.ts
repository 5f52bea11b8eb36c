import { parseArgs } from 'node:util';
import { startGateway } from '../test/support/gateway/gateway.js';
import type { Gateway } from '../test/support/gateway/gateway.js';
import { freePort } from '../test/support/ports.js';
import { startIssuer } from '../test/support/rig/issuer.js';
import { endpoint, plainService } from '../test/support/rig/services.js';
import { callTool, rpc } from '../test/support/rpc.js';
import { runLoad } from './load.js';
import type { LoadResult } from './load.js';
import { startBenchServer } from './mcp-server.js';
import { cpuSeconds, httpRequest, onWhat, say, toolCall } from './rig.js';

interface Row extends LoadResult {
  readonly path: string;
  readonly connections: number;
  /** Of the plugin server, in seconds of CPU per second. */
  readonly nodeCpu: number;
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    warm: { type: 'string', default: '6' },
    connections: { type: 'string', default: '1,32' },
    workers: { type: 'string', default: '1' },
    servers: { type: 'string', default: '10' },
    tools: { type: 'string', default: '50' },
    paths: { type: 'string', default: 'plain,tools/call,tools/list' },
  },
});

async function measure(
  gateway: Gateway,
  path: string,
  request: Buffer,
  connections: number,
): Promise<Row> {
  const load = { host: '127.0.0.1', port: gateway.port, request, connections };
  await runLoad({ ...load, durationMs: 1000 });
  const pid = gateway.pluginServer.pid;
  const before = cpuSeconds(pid);
  const durationMs = Number(values.seconds) * 1000;
  const result = await runLoad({ ...load, durationMs });
  const nodeCpu = (cpuSeconds(pid) - before) / (durationMs / 1000);
  return { path, connections, nodeCpu, ...result };
}

/** Until the code is compiled as it stays, a request costs several times as much. */
async function warmUp(
  { port }: Gateway,
  paths: readonly (readonly [string, Buffer])[],
): Promise<void> {
  const durationMs = Number(values.warm) * 1000;
  for (const [path, request] of paths) {
    if (path === 'plain') continue;
    await runLoad({ host: '127.0.0.1', port, request, connections: 32, durationMs });
  }
}

function print(rows: readonly Row[]): void {
  say(
    '| path | connections | req/s | p50 ms | p99 ms | × plain | p50 − plain | Node CPU | failures |',
  );
  say('|---|---|---|---|---|---|---|---|---|');
  for (const row of rows) {
    const plain = rows.find((r) => r.path === 'plain' && r.connections === row.connections);
    const ratio = row.requestsPerSecond / (plain?.requestsPerSecond ?? Number.NaN);
    const added = row.p50Ms - (plain?.p50Ms ?? Number.NaN);
    const cells = [
      row.path,
      row.connections,
      Math.round(row.requestsPerSecond),
      row.p50Ms.toFixed(3),
      row.p99Ms.toFixed(3),
      ratio.toFixed(2),
      added.toFixed(3),
      row.nodeCpu.toFixed(2),
      row.failures,
    ];
    say(`| ${cells.join(' | ')} |`);
  }
}

async function main(): Promise<void> {
  const port = await freePort();
  const resource = `http://127.0.0.1:${port}/mcp`;
  const issuer = await startIssuer([resource]);
  const backends = await Promise.all(
    Array.from({ length: Number(values.servers) }, () => startBenchServer(Number(values.tools))),
  );
  const servers = backends.map(({ url }, n) => ({ name: `s${n}`, url }));
  const gateway = await startGateway({
    port,
    workers: values.workers === '4' ? 4 : 1,
    declarative: {
      services: [
        plainService('plain', '/plain', backends[0]?.url ?? ''),
        endpoint({
          name: 'mcp',
          path: '/mcp',
          oauth: { resource, authorization_servers: [issuer.url] },
          aggregate: { servers },
        }),
      ],
    },
  });
  try {
    const token = await issuer.token(resource);
    await rpc(resource, 'tools/list', { token });
    const probe = await callTool(resource, 's0__tool_1', { value: 1 }, { token });
    if (probe.message?.result === undefined) throw new Error(`no tool answers: ${probe.text}`);
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    const paths: [string, Buffer][] = [
      ['plain', httpRequest(gateway.at('/plain'), token, toolCall('tool_1'))],
      ['tools/call', httpRequest(resource, token, toolCall('s0__tool_1'))],
      ['tools/list', httpRequest(resource, token, list)],
    ];
    const chosen = paths.filter(([path]) => values.paths.split(',').includes(path));
    await warmUp(gateway, chosen);
    const rows: Row[] = [];
    for (const connections of values.connections.split(',').map(Number)) {
      for (const [path, request] of chosen) {
        rows.push(await measure(gateway, path, request, connections));
      }
    }
    say(
      `On ${onWhat}, ${values.workers} worker(s), ${values.servers} servers × ${values.tools} tools`,
    );
    print(rows);
  } finally {
    await gateway.stop();
    await Promise.all([issuer.close(), ...backends.map((backend) => backend.close())]);
  }
}

await main();

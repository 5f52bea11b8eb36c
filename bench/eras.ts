import { parseArgs } from 'node:util';
import { rpc } from '../test/support/rpc.js';
import { runLoad } from './load.js';
import { startBenchServer } from './mcp-server.js';
import type { ServerEra } from './mcp-server.js';
import { cpuSeconds, httpRequest, onWhat, say, startRig, toolCall } from './rig.js';
import type { Rig } from './rig.js';

/** What the plugin server's CPU per call is in each pair of eras, all in one run, taking turns. */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    warm: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '16' },
  },
});

const version = '2026-07-28';
const eras: readonly ServerEra[] = ['legacy', 'modern'];

interface Cell {
  readonly client: ServerEra;
  readonly server: ServerEra;
  readonly request: Buffer;
  /** Microseconds of CPU per call, of each round. */
  readonly costs: number[];
  failures: number;
}

function modernRequest(resource: string, token: string, name: string): Buffer {
  const call = toolCall(name) as { params: object };
  const meta = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const body = { ...call, params: { ...call.params, _meta: meta } };
  const headers = [
    `MCP-Protocol-Version: ${version}`,
    'Mcp-Method: tools/call',
    `Mcp-Name: ${name}`,
  ];
  return httpRequest(resource, token, body, headers);
}

async function sessionOf(resource: string, token: string): Promise<string> {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'bench', version: '1' },
  };
  const { headers } = await rpc(resource, 'initialize', { token, params });
  return String(headers['mcp-session-id']);
}

async function cellsOf({ resource, issuer }: Rig): Promise<Cell[]> {
  const token = await issuer.token(resource);
  const session = await sessionOf(resource, token);
  const headers = [`Mcp-Session-Id: ${session}`, 'MCP-Protocol-Version: 2025-11-25'];
  return eras.flatMap((client) =>
    eras.map((server) => {
      const name = `${server}__tool_1`;
      const request =
        client === 'modern'
          ? modernRequest(resource, token, name)
          : httpRequest(resource, token, toolCall(name), headers);
      return { client, server, request, costs: [], failures: 0 };
    }),
  );
}

async function run({ gateway }: Rig, cell: Cell, seconds: number): Promise<void> {
  const { pid } = gateway.pluginServer;
  const before = cpuSeconds(pid);
  const connections = Number(values.connections);
  const load = { host: '127.0.0.1', port: gateway.port, request: cell.request, connections };
  const { requests, failures } = await runLoad({ ...load, durationMs: seconds * 1000 });
  cell.costs.push(((cpuSeconds(pid) - before) / requests) * 1e6);
  cell.failures += failures;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

async function main(): Promise<void> {
  const backends = await Promise.all(eras.map((era) => startBenchServer(50, era)));
  const servers = backends.map(({ url }, n) => ({ name: eras[n], url }));
  try {
    await using rig = await startRig({ servers });
    const cells = await cellsOf(rig);
    for (const cell of cells) await run(rig, cell, Number(values.warm));
    for (const cell of cells) cell.costs.length = 0;
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const cell of cells) await run(rig, cell, Number(values.seconds));
    }
    const base = median(cells[0]?.costs ?? []);
    say(`On ${onWhat}, ${values.connections} connections, CPU of the plugin server per tools/call`);
    say('| client | server | µs of CPU | × sessions on both sides | failures |');
    say('|---|---|---|---|---|');
    for (const { client, server, costs, failures } of cells) {
      const cost = median(costs);
      say(
        `| ${client} | ${server} | ${cost.toFixed(0)} | ${(cost / base).toFixed(2)} | ${failures} |`,
      );
    }
  } finally {
    await Promise.all(backends.map((backend) => backend.close()));
  }
}

await main();

import { parseArgs } from 'node:util';
import { calibrate, calibrationLine } from './load/calibration.js';
import { runLoad } from './load/generator.js';
import type { LoadTarget } from './load/generator.js';
import { startBenchServers, toolCall } from './load/servers.js';
import type { ServerEra } from './load/servers.js';
import { inSession, median, onWhat, processesOf, say, startRig, table } from './rig.js';
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
  readonly target: LoadTarget;
  /** Microseconds of CPU per call, of each round. */
  readonly costs: number[];
  failures: number;
}

async function targetOf(rig: Rig, client: ServerEra, server: ServerEra): Promise<LoadTarget> {
  const name = `${server}__tool_1`;
  const call = toolCall(name);
  const target = await inSession(rig, call);
  if (client === 'legacy') return target;
  const meta = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const headers = {
    'MCP-Protocol-Version': version,
    'Mcp-Method': 'tools/call',
    'Mcp-Name': name,
  };
  const modern = { ...call, headers, params: { ...call.params, _meta: meta } };
  return { ...target, session: false, requests: [modern] };
}

async function cellsOf(rig: Rig): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const client of eras) {
    for (const server of eras) {
      const target = await targetOf(rig, client, server);
      cells.push({ client, server, target, costs: [], failures: 0 });
    }
  }
  return cells;
}

async function run(rig: Rig, cell: Cell, seconds: number): Promise<void> {
  const connections = Number(values.connections);
  const plan = { ...cell.target, connections, seconds, watch: processesOf(rig) };
  const { watched, wrong, lost } = await runLoad(plan);
  cell.costs.push(watched['plugins']?.cpuMicros ?? Number.NaN);
  cell.failures += wrong + lost;
}

function print(cells: readonly Cell[]): void {
  const base = median(cells[0]?.costs ?? []);
  say(`On ${onWhat}, ${values.connections} connections, CPU of the plugin server per tools/call`);
  const rows = cells.map(({ client, server, costs, failures }) => {
    const cost = median(costs);
    return [client, server, cost.toFixed(0), (cost / base).toFixed(2), failures];
  });
  say(table(['client', 'server', 'µs of CPU', '× sessions on both sides', 'failures'], rows));
}

async function main(): Promise<void> {
  const backends = await Promise.all(eras.map((era) => startBenchServers({ era })));
  const servers = backends.map(({ urls }, n) => ({ name: eras[n], url: urls[0] }));
  try {
    await using rig = await startRig({ servers });
    const cells = await cellsOf(rig);
    for (const cell of cells) await run(rig, cell, Number(values.warm));
    for (const cell of cells) cell.costs.length = 0;
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const cell of cells) await run(rig, cell, Number(values.seconds));
    }
    print(cells);
    say(`\n${calibrationLine(await calibrate())}`);
  } finally {
    await Promise.all(backends.map((backend) => backend.close()));
  }
}

await main();

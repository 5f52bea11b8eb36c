import { calibrationLine } from '../../load/calibration.js';
import type { Results } from '../results.js';
import { growthTable, loadTable, stateTable } from './tables.js';
import { againstPlain, verdict } from './verdict.js';

const opening = `# Benchmark

Written by \`npm run bench:compare\` from \`bench/compare/results/\`; do not edit.

Gateways that make one MCP endpoint of many servers, and a plain route of Kong, measured one after the other on the same machine with the same load. How it is done, and how to do it: [bench/compare](../bench/compare/README.md).

- Every connection is a client with a session of its own, as MCP clients are; the plain route has none. One request is in flight per connection, calls go to all servers in turn, each with an argument of its own.
- Every answer is verified: status, framing, id, the text of that very call, every tool of a list. One wrong or lost answer takes the figures of the whole row.
- The load generator and the servers behind the gateways are compiled and cheap (about 10 µs of CPU each), so the gateway is what is measured. All share the machine's cores.
- CPU is that of all processes of a gateway, children included, per request. Throughput on few cores is what CPU leaves over; CPU per request is the figure that carries over to other machines.
- JIT-compiled code (Node, LuaJIT) differs between machines far more than compiled code, and all of it with how fast memory is: see the calibration of each. 2-cores-slow-memory is a virtual machine of the same kind as 2-cores, whose neighbours leave it no third-level cache.
- Ours verifies a JWT with every request and hands its identity on. The others were measured without any login.
`;

/** The whole page. */
export function renderPage(all: ReadonlyMap<string, Results>): string {
  if (all.size === 0) return `${opening}\nThere are no results yet.\n`;
  return [opening, ...[...all].map(([name, results]) => section(name, results))].join('\n');
}

function section(name: string, results: Results): string {
  const { machine, options, gateways } = results;
  const days = gateways.map(({ measuredAt }) => measuredAt.slice(0, 10)).sort();
  const notes = gateways.flatMap(({ title, note }) => (note ? [`- ${title}: ${note}.`] : []));
  const plain = againstPlain(results);
  return [
    `## ${name}`,
    '',
    `${days[0]}${days.at(-1) === days[0] ? '' : ` to ${days.at(-1)}`}, commit ${machine.commit}. ` +
      `${calibrationLine(machine)}. Memory ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GB, kernel ` +
      `${machine.kernel}, load before the run ${machine.loadBefore}.`,
    '',
    `${options.servers} servers × ${options.tools} tools; medians of ${options.rounds} rounds of ` +
      `${options.seconds} s, after ${options.warmSeconds} s of warm-up.`,
    '',
    ...verdict(results),
    ...(plain === undefined ? [] : ['', plain]),
    '',
    '### tools/call, by connections',
    '',
    loadTable(results, 'tools/call'),
    '',
    `### tools/list of ${options.servers * options.tools} tools, by connections`,
    '',
    loadTable(results, 'tools/list'),
    '',
    '### Start and memory',
    '',
    stateTable(results),
    '',
    ...growth(results),
    ...notes,
    '',
  ].join('\n');
}

/** Nothing where no other shapes were measured. */
function growth(results: Results): readonly string[] {
  const grown = growthTable(results);
  return grown === undefined ? [] : ['### Growth: servers × tools of each', '', grown, ''];
}

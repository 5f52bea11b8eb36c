import { parseArgs } from 'node:util';
import { calibrate, calibrationLine } from './load/calibration.js';
import { runFlawless } from './load/generator.js';
import { startBenchServers, toolCall } from './load/servers.js';
import { inSession, onWhat, processesOf, say, startRig, table, untilListed, whole } from './rig.js';

/**
 * How the cost of a call grows with servers and tools: CPU of the gateway per tools/call, the
 * least of several rounds, since other work on the machine only adds to it.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    warm: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    /** Servers × tools of each. */
    shapes: { type: 'string', default: '1x10,10x10,100x10,1x500,1x5000,10x500' },
  },
});

interface Row {
  readonly shape: string;
  /** Microseconds of CPU per call. */
  readonly cpu: number;
  readonly p50Ms: number;
}

async function measure(shape: string): Promise<Row> {
  const [servers = 1, tools = 1] = shape.split('x').map(Number);
  const backends = await startBenchServers({ servers, tools });
  await using rig = await startRig({
    servers: backends.urls.map((url, n) => ({ name: `s${n}`, url })),
  });
  await untilListed(rig, servers * tools);
  const [server, tool] = [servers - 1, `tool_${tools - 1}`];
  const target = await inSession(rig, toolCall(`s${server}__${tool}`, { server, tool }));
  const load = { ...target, connections: 8, watch: processesOf(rig) };
  await runFlawless({ ...load, seconds: Number(values.warm) });
  const rounds: Row[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const { p50Ms, watched } = await runFlawless({ ...load, seconds: Number(values.seconds) });
    rounds.push({ shape, cpu: whole(watched).cpuMicros, p50Ms });
  }
  await backends.close();
  return rounds.reduce((least, row) => (row.cpu < least.cpu ? row : least));
}

say(`On ${onWhat}, tools/call in sessions, 8 connections`);
const rows: Row[] = [];
for (const shape of values.shapes.split(',')) rows.push(await measure(shape));
say(
  table(
    ['servers × tools', 'CPU µs per call', '× first', 'p50 ms'],
    rows.map(({ shape, cpu, p50Ms }) => {
      return [shape, cpu.toFixed(0), (cpu / (rows[0]?.cpu ?? NaN)).toFixed(2), p50Ms.toFixed(3)];
    }),
  ),
);
say(`\n${calibrationLine(await calibrate())}`);

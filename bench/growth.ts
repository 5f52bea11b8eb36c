import { parseArgs } from 'node:util';
import { until } from '../test/support/readiness.js';
import { callTool, rpc } from '../test/support/rpc.js';
import { runLoad } from './load.js';
import { startBenchServer } from './mcp-server.js';
import { cpuSeconds, httpRequest, onWhat, say, startRig, toolCall } from './rig.js';

/**
 * How the cost of a call grows with servers and tools: CPU of the plugin server per tools/call, the
 * least of several rounds, since other work on the machine only adds to it.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
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
  const backends = await Promise.all(
    Array.from({ length: servers }, () => startBenchServer(tools)),
  );
  await using rig = await startRig({
    servers: backends.map(({ url }, n) => ({ name: `s${n}`, url })),
  });
  const { gateway, issuer, resource } = rig;
  const token = await issuer.token(resource);
  const name = `s${servers - 1}__tool_${tools - 1}`;
  await rpc(resource, 'tools/list', { token });
  await until(
    async () => (await callTool(resource, name, { value: 1 }, { token })).message?.result,
    {
      what: `no answer of ${name}`,
    },
  );
  const request = httpRequest(resource, token, toolCall(name));
  const load = { host: '127.0.0.1', port: gateway.port, request, connections: 8 };
  await runLoad({ ...load, durationMs: 1500 });
  const rounds: Row[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const before = cpuSeconds(gateway.pluginServer.pid);
    const result = await runLoad({ ...load, durationMs: Number(values.seconds) * 1000 });
    if (result.failures > 0) throw new Error(`${result.failures} calls failed`);
    const used = cpuSeconds(gateway.pluginServer.pid) - before;
    rounds.push({ shape, cpu: (used / result.requests) * 1e6, p50Ms: result.p50Ms });
  }
  await Promise.all(backends.map((backend) => backend.close()));
  return rounds.reduce((least, row) => (row.cpu < least.cpu ? row : least));
}

say(`On ${onWhat}, tools/call at 8 connections`);
say('| servers × tools | CPU µs per call | × first | p50 ms |\n|---|---|---|---|');
let first: Row | undefined;
for (const shape of values.shapes.split(',')) {
  const row = await measure(shape);
  first ??= row;
  const cells = [
    row.shape,
    row.cpu.toFixed(0),
    (row.cpu / first.cpu).toFixed(2),
    row.p50Ms.toFixed(3),
  ];
  say(`| ${cells.join(' | ')} |`);
}

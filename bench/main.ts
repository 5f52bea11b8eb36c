import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { directPlugins } from '../kong/direct/plugins.js';
import { plainService } from '../test/support/rig/services.js';
import { compareBuilds } from './against.js';
import { calibrate, calibrationLine } from './load/calibration.js';
import { runLoad } from './load/generator.js';
import type { LoadReport, LoadTarget } from './load/generator.js';
import { startBenchServers, toolCall, toolList } from './load/servers.js';
import type { BenchServers } from './load/servers.js';
import { inSession, onWhat, processesOf, say, startRig, table, untilListed, whole } from './rig.js';
import type { Rig } from './rig.js';

/**
 * Throughput, latency, CPU and memory of the gateway, in sessions, every answer verified; with
 * `--against CHECKOUT` of two builds of the plugin server, in turns; with `--functions` this one has
 * the function of `kong-mcp functions`.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    warm: { type: 'string', default: '10' },
    connections: { type: 'string', default: '1,32' },
    workers: { type: 'string', default: '1' },
    'plugin-workers': { type: 'string' },
    servers: { type: 'string', default: '10' },
    tools: { type: 'string', default: '50' },
    paths: { type: 'string', default: 'plain,tools/call,tools/list' },
    direct: { type: 'boolean', default: false },
    functions: { type: 'boolean', default: false },
    against: { type: 'string' },
    rounds: { type: 'string', default: '6' },
    json: { type: 'boolean', default: false },
  },
});

const servers = Number(values.servers);
const tools = Number(values.tools);
const connections = values.connections.split(',').map(Number);

interface Row extends LoadReport {
  readonly path: string;
}

async function start(backends: BenchServers, build?: string): Promise<Rig> {
  const workers = values['plugin-workers'];
  const direct = values.direct ? { direct: true } : {};
  const rig = await startRig({
    servers: backends.urls.map((url, n) => ({ name: `s${n}`, url, ...direct })),
    services: () => [plainService('plain', '/plain', backends.urls[0] ?? '')],
    workers: values.workers === '4' ? 4 : 1,
    ...(values.direct ? { plugins: await directPluginsOf(build) } : {}),
    ...(workers === undefined ? {} : { env: { KONG_MCP_WORKERS: workers } }),
    // An older build knows nothing of it.
    ...(build === undefined ? { functions: values.functions } : { build, functions: false }),
  });
  await untilListed(rig, servers * tools);
  return rig;
}

/** What a build's own plugin server understands. */
async function directPluginsOf(build: string | undefined): Promise<typeof directPlugins> {
  if (build === undefined) return directPlugins;
  const folder = build.replace(/\/dist\/?$/, '');
  const file = pathToFileURL(join(folder, 'dist/kong/direct/plugins.js')).href;
  return ((await import(file)) as { directPlugins: typeof directPlugins }).directPlugins;
}

async function targetsOf(rig: Rig): Promise<[string, LoadTarget][]> {
  const call = await inSession(rig, toolCall('s0__tool_1'));
  const targets: [string, LoadTarget][] = [
    [
      'plain',
      { ...call, url: rig.gateway.at('/plain'), requests: [toolCall('tool_1')], session: false },
    ],
    ['tools/call', call],
    ['tools/list', { ...call, requests: [toolList(servers * tools)] }],
  ];
  const chosen = values.paths.split(',');
  return targets.filter(([path]) => chosen.includes(path));
}

/** Until the code is compiled as it stays, a request costs several times as much. */
async function warmUp(targets: readonly (readonly [string, LoadTarget])[]): Promise<void> {
  for (const [, target] of targets) {
    await runLoad({ ...target, connections: 32, seconds: Number(values.warm) });
  }
}

async function measureAll(rig: Rig): Promise<Row[]> {
  const targets = await targetsOf(rig);
  await warmUp(targets);
  const rows: Row[] = [];
  const seconds = Number(values.seconds);
  for (const count of connections) {
    for (const [path, target] of targets) {
      const plan = { ...target, connections: count, warmSeconds: 1, seconds };
      rows.push({ path, ...(await runLoad({ ...plan, watch: processesOf(rig) })) });
    }
  }
  return rows;
}

function cells(row: Row, rows: readonly Row[]): readonly unknown[] {
  const plain = rows.find((r) => r.path === 'plain' && r.connections === row.connections);
  const { gateway, plugins } = row.watched;
  const all = whole(row.watched);
  return [
    row.path,
    row.connections,
    Math.round(row.requestsPerSecond),
    (row.requestsPerSecond / (plain?.requestsPerSecond ?? Number.NaN)).toFixed(3),
    row.p50Ms.toFixed(3),
    (row.p50Ms / (plain?.p50Ms ?? Number.NaN)).toFixed(1),
    row.p90Ms.toFixed(3),
    row.p99Ms.toFixed(3),
    gateway?.cpuMicros.toFixed(0),
    plugins?.cpuMicros.toFixed(0),
    all.cpuMicros.toFixed(0),
    (all.rssBytes / 1_048_576).toFixed(0),
    row.wrong,
    row.lost,
  ];
}

const heads =
  'path,connections,req/s,× plain,p50 ms,× plain,p90 ms,p99 ms,nginx µs,plugin server µs,CPU µs per request,RSS MB,wrong,lost';

async function alone(backends: BenchServers): Promise<void> {
  await using rig = await start(backends);
  const rows = await measureAll(rig);
  if (values.json) return say(JSON.stringify(rows));
  say(
    `On ${onWhat}, ${values.workers} worker(s), ${servers} servers × ${tools} tools, in sessions`,
  );
  say(
    table(
      heads.split(','),
      rows.map((row) => cells(row, rows)),
    ),
  );
  for (const { path, faults } of rows) for (const fault of faults) say(`${path}: ${fault}`);
}

async function against(backends: BenchServers, build: string): Promise<void> {
  await using old = await start(backends, build);
  await using now = await start(backends);
  const sides = [
    { rig: old, targets: await targetsOf(old) },
    { rig: now, targets: await targetsOf(now) },
  ] as const;
  for (const { targets } of sides) await warmUp(targets);
  say(
    `On ${onWhat}, ${servers} servers × ${tools} tools, in sessions: this build against ${build}`,
  );
  const seconds = Number(values.seconds);
  const compared = await compareBuilds(sides, {
    connections,
    seconds,
    rounds: Number(values.rounds),
  });
  say(values.json ? JSON.stringify(compared) : compared);
}

const backends = await startBenchServers({ servers, tools, sessions: true });
try {
  if (values.against === undefined) await alone(backends);
  else await against(backends, values.against);
  if (!values.json) say(`\n${calibrationLine(await calibrate())}`);
} finally {
  await backends.close();
}

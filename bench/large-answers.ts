import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endpoint } from '../test/support/rig/services.js';
import { until } from '../test/support/readiness.js';
import { exchange } from '../test/support/rpc.js';
import { callOf } from './large-traffic.js';
import type { TrafficOrder, TrafficSeen } from './large-traffic.js';
import { runFlawless } from './load/generator.js';
import { startBenchServers, toolCall } from './load/servers.js';
import { onWhat, processesOf, say, startRig } from './rig.js';

/**
 * mcp-oauth on another route while large answers, or requests that take long to read, pass through mcp-aggregate (design §6), and for
 * comparison while the same pass through the gateway without us: what is left is the price of
 * sharing a machine.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    answers: { type: 'string', default: '10' },
    megabytes: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '1' },
    'auth-socket': { type: 'boolean', default: false },
  },
});
const size = Number(values.megabytes) * 1_048_576;
const seconds = Number(values.seconds);

interface LoopSeen {
  readonly p99: number;
  readonly longest: number;
}

function traffic(...args: string[]): ChildProcess {
  return fork(new URL('./large-traffic.js', import.meta.url), args);
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const [message] = (await once(child, 'message')) as [unknown];
  return message;
}

const server = traffic('server', String(size));
const { url } = (await answerOf(server)) as { readonly url: string };
const clients = traffic('clients', values.answers, String(size));
await answerOf(clients);
const plain = await startBenchServers({ tools: 1 });
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const loopFile = join(folder, 'loop.json');
const watch = new URL('./loop-watch.js', import.meta.url).href;
await using rig = await startRig({
  servers: [{ name: 'large', url, max_response_size: 2 * size }],
  authSocket: values['auth-socket'],
  services: (resource, issuer) => [
    endpoint({
      name: 'other',
      path: '/other',
      url: plain.urls[0] ?? '',
      oauth: { resource, authorization_servers: [issuer.url] },
    }),
    endpoint({ name: 'plain', path: '/plain', url }),
    endpoint({ name: 'small', path: '/small', url: plain.urls[0] ?? '' }),
  ],
  env: { NODE_OPTIONS: `--import ${watch}`, BENCH_LOOP_FILE: loopFile },
});
const { resource, issuer, gateway } = rig;
const { pid, workerPids } = gateway.pluginServer;
/** Those that run plugins. */
const serving = workerPids.length > 0 ? workerPids : [pid];
// It has to last as long as all rounds.
const exp = Math.floor(Date.now() / 1_000) + 86_400;
const token = await issuer.token(resource, undefined, { claims: { exp } });
const load = {
  url: gateway.at('/other'),
  headers: { Authorization: `Bearer ${token}` },
  session: false,
  requests: [toolCall('tool_0', { tool: 'tool_0' })],
  connections: 1,
  watch: processesOf(rig),
};

/** What the plugin server's event loops did since they were last asked; of several the worst. */
async function loopSeen(): Promise<LoopSeen> {
  const seen: LoopSeen[] = [];
  for (const one of serving) {
    rmSync(loopFile, { force: true });
    process.kill(one, 'SIGUSR2');
    await until(() => existsSync(loopFile), { what: 'the plugin server does not report' });
    seen.push(JSON.parse(readFileSync(loopFile, 'utf8')) as LoopSeen);
  }
  const worst = (of: (one: LoopSeen) => number) => Math.max(...seen.map(of));
  return { p99: worst(({ p99 }) => p99), longest: worst(({ longest }) => longest) };
}

async function measure(order?: TrafficOrder) {
  if (order) clients.send(order);
  await loopSeen();
  const result = await runFlawless({ ...load, seconds });
  const cpu = (result.watched['plugins']?.cpuSeconds ?? Number.NaN) / result.seconds;
  const loop = await loopSeen();
  if (order) clients.send('stop');
  const traffic = order ? ((await answerOf(clients)) as TrafficSeen) : { passed: 0, short: [] };
  return { ...result, ...loop, cpu, ...traffic };
}

const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
await until(
  async () => {
    const body = JSON.stringify(callOf('large__large'));
    const accept = 'application/json, text/event-stream';
    return (await exchange(resource, 'POST', { ...headers, accept }, body)).text.length > size;
  },
  { what: 'no large answer' },
);
await runFlawless({ ...load, seconds: 1 });
const large = { token, tool: 'large__large' };
const hostile = { ...large, tool: 'large__none', request: 1_000_000 };
const orders: readonly [string, TrafficOrder?][] = [
  ['quiet'],
  ['large answers, without us', { ...large, url: gateway.at('/plain') }],
  ['large answers, mcp-aggregate', { ...large, url: resource }],
  ['large requests, without us', { ...hostile, url: gateway.at('/small') }],
  ['large requests, mcp-aggregate', { ...hostile, url: resource }],
];
say(`On ${onWhat}, ${serving.length} workers, ${values.answers} at a time:`);
say(
  `answers of ${values.megabytes} MB, requests of 1 MB; each p99 beside the quiet one of its round`,
);
say(
  '| mcp-oauth on another route | p50 ms | p99 ms | × quiet p99 | loop p99 ms | longest turn ms | CPU | passed |',
);
say('|---|---|---|---|---|---|---|---|');
const cameShort: string[] = [];
for (let round = 0; round < Number(values.rounds); round += 1) {
  let quietMs = Number.NaN;
  for (const [what, order] of orders) {
    const seen = await measure(order);
    if (order === undefined) quietMs = seen.p99Ms;
    const { p50Ms, p99Ms, p99, longest, cpu, passed, short } = seen;
    const figures = [p50Ms, p99Ms, p99Ms / quietMs, p99, longest, cpu];
    say(`| ${[what, ...figures.map((figure) => figure.toFixed(2)), passed].join(' | ')} |`);
    cameShort.push(...short.map((one) => `${what}, round ${round + 1}: ${one}`));
  }
}
say(`\n${cameShort.length} answers came short${cameShort.length > 0 ? ':' : ''}`);
for (const one of cameShort) say(one);
server.disconnect();
clients.disconnect();
await plain.close();
rmSync(folder, { recursive: true });

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpGet } from 'node:http';
import type { ClientRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { until } from '../test/support/readiness.js';
import { callTool, openSession, rpc } from '../test/support/rpc.js';
import { startBenchServers } from './load/servers.js';
import { onWhat, say, startRig } from './rig.js';
import type { Rig } from './rig.js';

/** What idle sessions and open streams cost the plugin server in memory. */
const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '5000' },
    streams: { type: 'string', default: '5000' },
  },
});
/** One caller may hold 256 streams. */
const streamsOfOne = 200;

interface Memory {
  readonly heapUsed: number;
  readonly external: number;
  readonly rss: number;
}

async function memory(pid: number, file: string): Promise<Memory> {
  rmSync(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  const read = (): Memory | undefined =>
    existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Memory) : undefined;
  return until(read, { what: 'the plugin server does not say what it holds' });
}

function openStream(rig: Rig, token: string, session: string): Promise<ClientRequest> {
  const headers = {
    accept: 'text/event-stream',
    authorization: `Bearer ${token}`,
    'mcp-session-id': session,
  };
  return new Promise((resolve, reject) => {
    const sent = httpGet(rig.resource, { headers, agent: false }, (response) => {
      response.resume();
      response.on('error', () => {});
      if (response.statusCode === 200) resolve(sent);
      else reject(new Error(`a stream was answered ${response.statusCode}`));
    });
    sent.on('error', reject);
    sent.end();
  });
}

function report(what: string, count: number, before: Memory, after: Memory): void {
  const held = after.heapUsed + after.external - before.heapUsed - before.external;
  const rss = (after.rss / 1_048_576).toFixed(0);
  say(`| ${what} | ${count} | ${(held / count).toFixed(0)} | ${rss} |`);
}

async function inTurns(count: number, work: (n: number) => Promise<void>): Promise<void> {
  const workers = Array.from({ length: 8 }, async (_, first) => {
    for (let n = first; n < count; n += 8) await work(n);
  });
  await Promise.all(workers);
}

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const file = join(folder, 'memory.json');
const backend = await startBenchServers({ tools: 50 });
await using rig = await startRig({
  servers: [{ name: 's0', url: backend.urls[0] }],
  env: {
    NODE_OPTIONS: `--import=${new URL('./probe.js', import.meta.url).href}`,
    BENCH_PROBE_FILE: file,
  },
});
const { resource, issuer, gateway } = rig;
const tokens: string[] = [];
const streams = Number(values.streams);
for (let n = 0; n <= streams / streamsOfOne; n++) {
  tokens.push(await issuer.token(resource, `user-${n}`));
}
const tokenOf = (n: number): string => tokens[Math.floor(n / streamsOfOne) % tokens.length]!;
const work = async (n: number): Promise<string> => {
  const token = tokenOf(n);
  const session = await openSession(resource, { token });
  await rpc(resource, 'tools/list', { token, session });
  await callTool(resource, 's0__tool_1', { value: 1 }, { token, session });
  return session;
};
await inTurns(streams / 5, async (n) => void (await work(n * 5)));
const { pid } = gateway.pluginServer;
say(`On ${onWhat}`);
say('| what | count | bytes of each | RSS MB |\n|---|---|---|---|');
const quiet = await memory(pid, file);
const sessions = Number(values.sessions);
await inTurns(sessions, async (n) => void (await work(n)));
const idle = await memory(pid, file);
report('idle sessions, each after a list and a call', sessions, quiet, idle);
const open: ClientRequest[] = [];
await inTurns(streams, async (n) => {
  const token = tokenOf(n);
  open.push(await openStream(rig, token, await openSession(resource, { token })));
});
report('open streams', open.length, idle, await memory(pid, file));
for (const stream of open) stream.destroy();
await backend.close();
rmSync(folder, { recursive: true });

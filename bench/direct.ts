import { parseArgs } from 'node:util';
import { directPlugins } from '../kong/direct/plugins.js';
import { plainService } from '../test/support/rig/services.js';
import { compareBuilds } from './against.js';
import { calibrate, calibrationLine } from './load/calibration.js';
import { runLoad } from './load/generator.js';
import { startBenchServers, toolCall } from './load/servers.js';
import type { BenchServers } from './load/servers.js';
import { inSession, onWhat, say, startRig, untilListed } from './rig.js';
import type { Rig } from './rig.js';

/**
 * Calls by the usual way (old) and direct ones (new) in turns, in sessions, every answer verified;
 * plain is a route without plugins in the same gateways.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    warm: { type: 'string', default: '10' },
    connections: { type: 'string', default: '1,32' },
    rounds: { type: 'string', default: '6' },
    servers: { type: 'string', default: '10' },
    tools: { type: 'string', default: '50' },
    paths: { type: 'string', default: 'plain,tools/call' },
  },
});
const [servers, tools] = [Number(values.servers), Number(values.tools)];

async function start(backends: BenchServers, direct: boolean): Promise<Rig> {
  const rig = await startRig({
    servers: backends.urls.map((url, n) => ({ name: `s${n}`, url, direct })),
    services: () => [plainService('plain', '/plain', backends.urls[0] ?? '')],
    ...(direct ? { plugins: directPlugins } : {}),
  });
  await untilListed(rig, servers * tools);
  return rig;
}

async function side(rig: Rig) {
  const call = await inSession(rig, toolCall('s0__tool_1'));
  const plain = { ...call, url: rig.gateway.at('/plain'), session: false };
  const targets = [
    ['plain', { ...plain, requests: [toolCall('tool_1')] }],
    ['tools/call', call],
  ] as const;
  const chosen = targets.filter(([path]) => values.paths.split(',').includes(path));
  for (const [, target] of chosen) {
    await runLoad({ ...target, connections: 32, seconds: Number(values.warm) });
  }
  return { rig, targets: chosen };
}

const backends = await startBenchServers({ servers, tools, sessions: true });
try {
  await using usual = await start(backends, false);
  await using direct = await start(backends, true);
  const sides = [await side(usual), await side(direct)] as const;
  say(`On ${onWhat}, ${servers} servers × ${tools} tools, in sessions: direct calls (new) against`);
  say('calls through the aggregator (old)');
  const turns = {
    connections: values.connections.split(',').map(Number),
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
  };
  say(await compareBuilds(sides, turns));
  say(`\n${calibrationLine(await calibrate())}`);
} finally {
  await backends.close();
}

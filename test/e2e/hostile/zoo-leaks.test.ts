import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { processProbe } from '../../support/probe/process-probe.js';
import type { ProcessProbe, ProcessReport } from '../../support/probe/process-probe.js';
import { untilListed } from '../../support/rig/listed.js';
import { endpoint } from '../../support/rig/services.js';
import { howOften } from '../../support/thorough.js';
import { answer } from '../../support/upstreams/http-fixture.js';
import { textResult, wild } from '../../support/upstreams/zoo/animal.js';
import type { Animal } from '../../support/upstreams/zoo/animal.js';
import { deaths } from '../../support/upstreams/zoo/deaths.js';
import { hangs } from '../../support/upstreams/zoo/hangs.js';
import { statuses } from '../../support/upstreams/zoo/statuses.js';
import { stdioAnimals } from '../../support/upstreams/zoo/stdio-animals.js';
import type { StdioAnimals } from '../../support/upstreams/zoo/stdio-animals.js';
import { workersOfRun } from '../../support/workers.js';
import { wrongAnswers } from '../../support/upstreams/zoo/wrong-answers.js';
import { openZoo } from '../../support/upstreams/zoo/zoo.js';
import type { Zoo } from '../../support/upstreams/zoo/zoo.js';

const calls = howOften(3_000, 10_000);
const lanes = 32;
const good: Animal = {
  name: 'good',
  start: () =>
    wild(({ on }) => on('tools/call', (arrived, at) => answer(arrived, at, textResult('good')))),
  shows: { text: 'good' },
};
/** Those that can be called; what hangs does so for a short time. */
const which = [good, ...hangs, ...deaths, ...statuses, ...wrongAnswers].filter(
  ({ shows }) => !('unlisted' in shows),
);

describe(`${calls} calls of servers that misbehave`, () => {
  let zoo: Zoo;
  let children: StdioAnimals;
  let probe: ProcessProbe;
  let gateway: Gateway;
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });

  beforeAll(async () => {
    zoo = await openZoo(which.map((animal) => ({ ...animal, settings: {} })));
    children = stdioAnimals({ dies: '', hangs: '' });
    probe = processProbe();
    // No circuit: each call is to meet the failure itself.
    const each = { circuit_breaker: { enabled: false }, timeout: 200 };
    const servers = [...zoo.servers, ...children.servers].map((one) => ({ ...one, ...each }));
    const settings = { anonymous: true, list_timeout: 500, list_ttl: 3600 };
    gateway = await startGateway({
      env: { ...probe.env, ...children.env },
      declarative: {
        services: [endpoint({ name: 'mcp', path: '/mcp', aggregate: { ...settings, servers } })],
      },
    });
    const tools = which.map(({ name }) => `${name}__poke`);
    await untilListed(gateway.at('/mcp'), tools, { timeoutMs: 30_000 });
  });
  afterAll(async () => {
    agent.destroy();
    await gateway?.stop();
    await zoo?.close();
    children?.close();
    probe?.remove();
  });

  /** One call by a kept-alive connection; answers the body. */
  function call(tool: string): Promise<string> {
    const params = { name: tool, arguments: {}, _meta: { progressToken: 1 } };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
    return new Promise((resolve, reject) => {
      request(gateway.at('/mcp'), { method: 'POST', agent, headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(text));
      })
        .on('error', reject)
        .end(body);
    });
  }

  /** Calls one after another in each lane; the hanging ones more seldom, since they take their time. */
  async function run(count: number): Promise<Map<string, number>> {
    const slow = /^(hangs|drips)/;
    const quick = which.filter(({ name }) => !slow.test(name)).map(({ name }) => `${name}__poke`);
    const seldom = which.filter(({ name }) => slow.test(name)).map(({ name }) => `${name}__poke`);
    seldom.push('hangs__hang', 'dies__die');
    const seen = new Map<string, number>();
    let next = 0;
    const lane = async () => {
      for (let n = next++; n < count; n = next++) {
        const from = n % 20 === 0 ? seldom : quick;
        const tool = from[(n % 20 === 0 ? n / 20 : n) % from.length]!;
        const code = /"code":(-\d+)/.exec(await call(tool))?.[1] ?? 'result';
        seen.set(code, (seen.get(code) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return seen;
  }

  /** What the process holds once nothing is under way. */
  async function settled(): Promise<ProcessReport> {
    await pause(2500);
    return probe.report(gateway.pluginServer.workerPids);
  }

  it('leave nothing behind', { timeout: 600_000 }, async () => {
    await run(1_000);
    const before = await settled();
    const seen = await run(calls);
    const after = await settled();
    const codes = [...seen.keys()].sort();
    expect(codes).toEqual(['-31001', '-31002', '-31004', 'result']);
    expect([...seen.values()].reduce((a, b) => a + b)).toBe(calls);
    // Sockets that are kept alive come and go.
    expect(after.files).toBeLessThan(before.files + 2 * lanes);
    expect(after.resources['Timeout'] ?? 0).toBeLessThan(
      (before.resources['Timeout'] ?? 0) + lanes,
    );
    expect(after.children.length).toBeLessThanOrEqual(before.children.length + 1);
    const grown = after.memory.heapUsed - before.memory.heapUsed;
    // What code and tables take once, in each process, does not grow with the calls.
    expect(grown).toBeLessThan(1_500_000 * workersOfRun + 100 * calls);
    expect(after.memory.external - before.memory.external).toBeLessThan(16_000_000);
  });
});

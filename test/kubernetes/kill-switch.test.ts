import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../support/gateway/gateway.js';
import type { Gateway } from '../support/gateway/gateway.js';
import { freePort } from '../support/ports.js';
import type { TestProcess } from '../support/process.js';
import { until } from '../support/readiness.js';
import { callTool, openSession, rpc } from '../support/rpc.js';
import { startPacedTraffic } from '../support/traffic.js';
import { answer, startHttpFixture } from '../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../support/upstreams/http-fixture.js';
import { startServerEverything } from '../support/upstreams/server-everything.js';
import type { RunningServer } from '../support/upstreams/server-everything.js';
import { startCluster } from './support/cluster.js';
import type { Kubectl } from './support/cluster.js';
import { hasControlPlane } from './support/control-plane.js';
import { startController } from './support/controller-process.js';
import { gateway as gatewayResource, group, server } from './support/manifests.js';

/** From `kubectl delete` to the end of a tool, in milliseconds. */
const killedWithin = 5_000;

describe.skipIf(!hasControlPlane)('from kubectl to a tool call, at a Kong by address', () => {
  let kubectl: Kubectl;
  let kong: Gateway;
  let controller: TestProcess;
  let everything: RunningServer;
  let fixture: HttpFixture;
  let endpoint: string;

  beforeAll(async () => {
    const [admin, operations] = [await freePort(), await freePort()];
    [kubectl, everything, fixture] = await Promise.all([
      startCluster(),
      startServerEverything(),
      startHttpFixture(),
    ]);
    const tool = '{"name":"tool","inputSchema":{"type":"object"}}';
    fixture.on('tools/list', (arrived, response) =>
      answer(arrived, response, `{"tools":[${tool}]}`),
    );
    kong = await startGateway({
      declarative: {},
      env: { KONG_MCP_OPERATIONS: `127.0.0.1:${operations}` },
      conf: { admin_listen: `127.0.0.1:${admin}` },
    });
    endpoint = kong.at('/mcp');
    const base = join(kubectl.plane.folder, 'base.yml');
    writeFileSync(base, '_format_version: "3.0"\n');
    controller = startController(
      kubectl.plane,
      ...['--kong-admin', `http://127.0.0.1:${admin}`, '--base', base],
      ...['--operations', `http://127.0.0.1:${operations}`],
    );
  });
  afterAll(async () => {
    await controller?.kill('SIGTERM');
    await kong?.stop();
    await Promise.all([everything?.close(), fixture?.close()]);
    await kubectl?.plane.stop();
  });

  const names = async (): Promise<string[]> => {
    const { message } = await rpc(endpoint, 'tools/list');
    return ((message?.result?.['tools'] ?? []) as { name: string }[]).map(({ name }) => name);
  };
  const echo = (message: string) => callTool(endpoint, 'everything__echo', { message });
  const statusOf = async (name: string) =>
    (await kubectl.get('MCPServer', group, 'tools', name))?.status;
  const ready = async (name: string) =>
    ((await statusOf(name))?.conditions ?? []).find(
      ({ type }: { type: string }) => type === 'Ready',
    );
  const both = () => [
    server('everything', { url: everything.url }),
    server('fixture', { url: fixture.url }),
  ];

  it('apply: the tool can be called, and the status says what there is', async () => {
    await kubectl.apply(gatewayResource(), ...both());
    await until(async () => (await names()).includes('everything__echo'), {
      what: 'no tool',
      timeoutMs: 60_000,
    });
    const said = await echo('by kubectl');
    expect(said.message?.result?.['content']).toEqual([{ type: 'text', text: 'Echo: by kubectl' }]);
    await until(async () => (await ready('everything'))?.status === 'True', {
      what: 'never ready',
    });
    expect(await statusOf('everything')).toMatchObject({
      era: 'legacy',
      tools: {
        count: expect.any(Number) as number,
        names: expect.arrayContaining(['everything__echo']) as string[],
        digest: expect.stringMatching(/^\S{8,}$/) as string,
      },
      server: { version: expect.stringMatching(/\d/) as string },
      gateways: [{ namespace: 'tools', name: 'main' }],
    });
  });

  it('delete: gone within seconds, and nobody else notices; apply brings it back', async () => {
    const session = await openSession(endpoint);
    const outcomes: string[] = [];
    const traffic = startPacedTraffic(20, async () => {
      const { status, message } = await callTool(endpoint, 'fixture__tool', {}, { session });
      outcomes.push(`${status} ${message?.error?.message ?? ''}`.trim());
    });
    const began = performance.now();
    await kubectl.delete('MCPServer', group, 'tools', 'everything');
    await until(async () => (await echo('x')).message?.error?.code === -32602, {
      what: 'the tool is still there',
      everyMs: 50,
    });
    const took = performance.now() - began;
    expect(took).toBeLessThan(killedWithin);
    expect((await names()).filter((name) => name.startsWith('everything'))).toEqual([]);
    await until(async () => (await statusOf('everything')) === undefined, { what: 'it stays' });
    await kubectl.apply(...both());
    await until(async () => (await echo('back')).message?.result !== undefined, {
      what: 'not back',
    });
    const seen = outcomes.length;
    await until(() => outcomes.length > seen + 5, { what: 'nobody else calls any more' });
    await traffic.stop();
    expect(seen).toBeGreaterThan(0);
    expect(outcomes.filter((one) => one !== '200')).toEqual([]);
  });

  it('enabled: false does the same, and says so', async () => {
    const began = performance.now();
    await kubectl.apply(server('everything', { url: everything.url, enabled: false }));
    await until(async () => (await echo('x')).message?.error?.code === -32602, {
      what: 'the tool is still there',
      everyMs: 50,
    });
    expect(performance.now() - began).toBeLessThan(killedWithin);
    await until(async () => (await ready('everything'))?.reason === 'Disabled', { what: 'unsaid' });
    await kubectl.apply(server('everything', { url: everything.url, enabled: true }));
    await until(async () => (await echo('back')).message?.result !== undefined, {
      what: 'not back',
    });
  });

  it('a server that goes down is said to be, after what was seen twice', async () => {
    await fixture.close();
    await until(
      async () => {
        await callTool(endpoint, 'fixture__tool', {});
        return (await ready('fixture'))?.reason === 'ServerFailing';
      },
      { what: 'not said', timeoutMs: 60_000, everyMs: 500 },
    );
    const status = await statusOf('fixture');
    expect(status.lastError).toMatch(/\w/);
    expect(status.lastSeen).toMatch(/^\d{4}-/);
    expect((await ready('everything'))?.status).toBe('True');
  });
});

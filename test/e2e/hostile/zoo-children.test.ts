import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calmLimit, processProbe } from '../../support/probe/process-probe.js';
import type { ProcessReport } from '../../support/probe/process-probe.js';
import type { ProcessProbe } from '../../support/probe/process-probe.js';
import { until } from '../../support/readiness.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { callTool, openSession, rpc } from '../../support/rpc.js';
import { openStream } from '../../support/stream-reader.js';
import { gone, isAlive } from '../../support/upstreams/stdio-fixture.js';
import { stdioAnimals } from '../../support/upstreams/zoo/stdio-animals.js';
import type { StdioAnimals } from '../../support/upstreams/zoo/stdio-animals.js';

const timeout = 5000;

describe('children that misbehave', () => {
  let animals: StdioAnimals;
  let probe: ProcessProbe;
  let mcp: OpenEndpoint;

  beforeAll(async () => {
    animals = stdioAnimals(
      {
        good: '',
        babbles: 'garbage',
        'dies-at-start': 'exit',
        'dies-in-calls': '',
        'ignores-sigterm': 'stubborn',
        'has-children': '',
        pours: '',
        floods: '',
        'answers-late': '',
      },
      { timeout, max_response_size: 1_048_576 },
      // Progress gives a call ten deadlines.
      { floods: { timeout: 500 } },
    );
    probe = processProbe();
    const { servers, env } = animals;
    mcp = await startOpenEndpoint({
      aggregate: { servers, list_timeout: 500 },
      gateway: { env: { ...probe.env, ...env } },
    });
    await until(
      async () => {
        const { text } = await rpc(mcp.url, 'tools/list');
        return servers.length - 1 === (text.match(/__echo"/g) ?? []).length;
      },
      { what: 'some are not listed', timeoutMs: 30_000, everyMs: 100 },
    );
  });
  afterAll(async () => {
    await mcp?.stop();
    animals?.close();
    probe?.remove();
  });

  const echo = async (server: string) => {
    const { message } = await callTool(mcp.url, `${server}__echo`, { text: server });
    return (message?.result?.['content'] as { text: string }[] | undefined)?.[0]?.text;
  };
  const quietly = async () => {
    await probe.report(mcp.gateway.pluginServer.workerPids);
    await pause(500);
    return probe.report(mcp.gateway.pluginServer.workerPids);
  };
  const heldIn = ({ memory }: ProcessReport) => memory.heapUsed + memory.external;
  /** That of the current child of a server. */
  const pidOf = (server: string) => {
    const starts = animals
      .fixture(server)
      .journal()
      .filter((line) => line.startsWith('start '));
    return Number(starts.at(-1)!.slice('start '.length));
  };

  it('what is no message on stdout is passed over, and said once in the log', async () => {
    expect(await echo('babbles')).toBe('babbles');
    expect(mcp.gateway.logText().match(/stdio_garbage.*babbles/g)).toHaveLength(1);
  });

  it('one that dies at start is named with its exit code, and not started again and again', async () => {
    const { message } = await callTool(mcp.url, 'dies-at-start__echo', {});
    expect(message?.error).toMatchObject({
      code: -31001,
      message: 'server dies-at-start is not available',
      data: {
        server: 'dies-at-start',
        reason: expect.stringContaining('server dies-at-start ended with exit code 3'),
      },
    });
    for (let n = 0; n < 20; n++) await callTool(mcp.url, 'dies-at-start__echo', {});
    expect(animals.fixture('dies-at-start').journal().length).toBeLessThan(15);
  });

  it('one that dies in a call fails that call, and serves the next', async () => {
    const { message } = await callTool(mcp.url, 'dies-in-calls__die', {});
    expect(message?.error).toMatchObject({
      code: -31001,
      message: 'server dies-in-calls ended with exit code 7',
      data: { server: 'dies-in-calls' },
    });
    await until(async () => (await echo('dies-in-calls')) === 'dies-in-calls', {
      what: 'it is not started again',
    });
  });

  it('100 MB without the end of a line are not kept, and leave the others alone', async () => {
    const quiet = await quietly();
    const pouring = callTool(mcp.url, 'pours__pour', {});
    expect(await echo('good')).toBe('good');
    const { message } = await pouring;
    expect(message?.error).toMatchObject({
      code: -31002,
      message: expect.stringContaining(`server pours did not answer within ${timeout} ms`),
    });
    const seen = await probe.report(mcp.gateway.pluginServer.workerPids);
    expect(seen.block.p99).toBeLessThan(calmLimit(quiet));
    expect(heldIn(seen) - heldIn(quiet)).toBeLessThan(50_000_000);
  });

  it('a flood of progress is cut off, and leaves the others alone', async () => {
    const quiet = await quietly();
    const params = { name: 'floods__flood', arguments: {}, _meta: { progressToken: 'p' } };
    const flooding = rpc(mcp.url, 'tools/call', { params });
    for (let n = 0; n < 10; n++) expect(await echo('good')).toBe('good');
    const { message } = await flooding;
    expect([-31002, -31005]).toContain(message?.error?.code);
    expect(message?.error?.data).toMatchObject({ server: 'floods' });
    // What it goes on to write nobody waits for, and that has an end.
    await gone(pidOf('floods'));
    for (let n = 0; n < 10; n++) expect(await echo('good')).toBe('good');
    const { block } = await probe.report(mcp.gateway.pluginServer.workerPids);
    expect(block.p99).toBeLessThan(calmLimit(quiet));
  });

  it('what is answered after a cancellation reaches nobody', async () => {
    const session = await openSession(mcp.url);
    const params = { name: 'answers-late__hang', arguments: {} };
    const stream = openStream(mcp.url, {
      session,
      message: { jsonrpc: '2.0', id: 'gone', method: 'tools/call', params },
    });
    await animals.fixture('answers-late').seen(/"method":"tools\/call"/);
    await rpc(mcp.url, 'notifications/cancelled', {
      session,
      params: { requestId: 'gone' },
      id: null,
    });
    const text = await (await stream).rest();
    expect(text).toContain('-31006');
    expect(text.match(/"id":"gone"/g)).toHaveLength(1);
    await animals.fixture('answers-late').seen(/notifications\/cancelled/);
    expect(await echo('answers-late')).toBe('answers-late');
  });

  it('end with the gateway, whatever they do and whatever they started', async () => {
    const { message } = await callTool(mcp.url, 'has-children__grandchild', {});
    const content = message?.result?.['content'] as { text: string }[];
    const grandchild = Number(content[0]!.text);
    const children = ['good', 'ignores-sigterm', 'has-children', 'pours'].map(pidOf);
    for (const pid of [grandchild, ...children]) expect(isAlive(pid)).toBe(true);
    await mcp.gateway.pluginServer.kill('SIGTERM');
    await Promise.all([grandchild, ...children].map(gone));
  });
});

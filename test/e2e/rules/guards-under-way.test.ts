import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startOtlpReceiver } from '../../support/otlp/receiver.js';
import type { OtlpReceiver } from '../../support/otlp/receiver.js';
import { modernRequest } from '../../support/modern-rpc.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { startScriptedGuard } from '../../support/rig/scripted-guard.js';
import { openSession, rpc } from '../../support/rpc.js';
import type { RpcAnswer } from '../../support/rpc.js';
import { openStream } from '../../support/stream-reader.js';
import {
  answer,
  event,
  eventStream,
  resultMessage,
  startHttpFixture,
} from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const secret = 'not-for-operators-4711';
const names = ['asked', 'checked', 'short', 'lax'];
const list = JSON.stringify({
  tools: names.map((name) => ({ name, inputSchema: { type: 'object' } })),
});
const result = `{"content":[{"type":"text","text":"${secret}"}]}`;

interface GuardStatus {
  readonly name: string;
  readonly in_flight: number;
  readonly answers: Readonly<Record<string, number>>;
}

describe('while a guard is asked', () => {
  let server: HttpFixture;
  let guard: Awaited<ReturnType<typeof startScriptedGuard>>;
  let collector: OtlpReceiver;
  let mcp: ProtectedEndpoint;
  let operations: string;
  let ann: string;
  let bob: string;

  beforeAll(async () => {
    operations = `127.0.0.1:${await freePort()}`;
    [server, guard, collector] = await Promise.all([
      startHttpFixture(),
      startScriptedGuard(),
      startOtlpReceiver(),
    ]);
    server.on('tools/list', (arrived, response) => answer(arrived, response, list));
    server.on('tools/call', (arrived, response) => answer(arrived, response, result));
    const more = { url: guard.url, timeout: 60_000 };
    mcp = await startProtectedEndpoint({
      aggregate: {
        servers: [{ name: 's', url: server.url }],
        guards: [
          { name: 'before', tools: ['s__asked'], ...more },
          { name: 'after', when: ['result'], tools: ['s__checked'], ...more },
          { name: 'hurried', tools: ['s__short'], ...more, timeout: 300, max_body: 1_024 },
          { name: 'lax', tools: ['s__lax'], fail: 'open', ...more },
        ],
      },
      gateway: { pluginWorkers: 1, env: { ...collector.env, KONG_MCP_OPERATIONS: operations } },
    });
    [ann, bob] = await Promise.all([mcp.token('ann'), mcp.token('bob')]);
    await untilListed(mcp.resource, ['s__asked'], { token: ann });
  });
  beforeEach(() => guard.answers(() => ({ action: 'allow' })));
  afterAll(async () => {
    await mcp?.stop();
    await Promise.all([guard?.close(), server?.close(), collector?.close()]);
  });

  const reached = () => server.of('tools/call').length;
  const call = (tool: string, token = ann, session?: string) =>
    rpc(mcp.resource, 'tools/call', {
      params: { name: `s__${tool}`, arguments: { note: secret } },
      token,
      ...(session === undefined ? {} : { session }),
    });
  const statusOf = async (name: string): Promise<GuardStatus> => {
    const status = (await (await fetch(`http://${operations}/status`)).json()) as {
      plugins: Record<'mcp-aggregate', { endpoints: { guards: GuardStatus[] }[] }>;
    };
    return status.plugins['mcp-aggregate'].endpoints[0]!.guards.find((one) => one.name === name)!;
  };
  const untilAsked = (count: number) =>
    until(() => guard.asked.length >= count, { what: 'the guard was not asked' });
  const untilQuiet = (name: string) =>
    until(async () => guard.underWay() === 0 && (await statusOf(name)).in_flight === 0, {
      what: 'questions are still under way',
    });

  it('a client without sessions that leaves ends the question', async () => {
    guard.answers(() => undefined);
    const [before, left] = [reached(), guard.left()];
    const params = { name: 's__asked', arguments: { note: secret } };
    const made = modernRequest('tools/call', params);
    const leaving = new AbortController();
    const calling = fetch(mcp.resource, {
      method: 'POST',
      signal: leaving.signal,
      headers: {
        ...made.headers,
        authorization: `Bearer ${ann}`,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: made.params }),
    });
    await untilAsked(1);
    leaving.abort();
    await expect(calling).rejects.toThrow();
    await until(() => guard.left() === left + 1, { what: 'the question was not given up' });
    await untilQuiet('before');
    expect(reached()).toBe(before);
  });

  it.each(['asked', 'checked'])('a cancelled call of %s ends the question', async (tool) => {
    guard.answers(() => undefined);
    const session = await openSession(mcp.resource, { token: ann });
    const left = guard.left();
    const calling = rpc(mcp.resource, 'tools/call', {
      ...{ id: 77, params: { name: `s__${tool}`, arguments: {} }, token: ann, session },
    });
    await untilAsked(1);
    const before = reached();
    const params = { requestId: 77, reason: 'enough' };
    await rpc(mcp.resource, 'notifications/cancelled', { params, id: null, token: ann, session });
    await until(() => guard.left() === left + 1, { what: 'the question was not given up' });
    await calling;
    await untilQuiet(tool === 'asked' ? 'before' : 'after');
    expect(reached()).toBe(before);
    // That a caller leaves says nothing of the guard.
    guard.answers(() => ({ action: 'allow' }));
    for (let n = 0; n < 6; n++) expect((await call(tool)).message).toHaveProperty('result');
  });

  it.each([
    ['asked', 'before'],
    ['lax', 'lax'],
  ])('of %s 64 questions are the most, shared fairly', async (tool, name) => {
    const waiting: ServerResponse[] = [];
    guard.answers((_, response) => void waiting.push(response));
    const before = reached();
    const some: RpcAnswer[] = [];
    const mine = Array.from({ length: 80 }, async () => {
      const answered = await call(tool);
      some.push(answered);
      return answered;
    });
    // One user alone gets three quarters; what is beyond is answered at once.
    await until(
      () => {
        if (some.length === 32 && waiting.length === 48) return true;
        throw new Error(`${waiting.length} asked, ${some.length} answered`);
      },
      { what: 'questions were not bounded' },
    );
    for (const { status, message } of [...some]) {
      expect(status).toBe(503);
      expect(message?.error).toMatchObject({ code: -31003 });
      expect(message?.error?.message).toContain('has too much to do');
    }
    expect(reached()).toBe(before);
    const other = call(tool, bob);
    await until(() => waiting.length === 49, { what: 'there was no room for another user' });
    // The page is one second old at most.
    await until(async () => (await statusOf(name)).in_flight === 49, {
      what: 'operators do not see what is under way',
    });
    for (const response of waiting) response.end('{"action":"allow"}');
    expect((await other).message).toHaveProperty('result');
    const all = await Promise.all(mine);
    expect(all.filter(({ message }) => message?.result !== undefined)).toHaveLength(48);
    expect(reached()).toBe(before + 49);
    await untilQuiet(name);
  });

  it('an answer that comes byte by byte, and one without end, are not waited for', async () => {
    const before = reached();
    const text = '{"action":"allow"}';
    const timers: NodeJS.Timeout[] = [];
    const scripts = [
      (response: ServerResponse) => {
        let at = 0;
        timers.push(setInterval(() => response.write(text[at++] ?? ' '), 40));
      },
      (response: ServerResponse) => {
        const more = () => void (response.destroyed || response.write(' '.repeat(4_096), more));
        more();
      },
    ];
    const left = guard.left();
    for (const script of scripts) {
      guard.answers((_, response) => void script(response));
      expect((await call('short')).message?.error).toMatchObject({ code: -31028 });
    }
    timers.forEach((timer) => clearInterval(timer));
    await until(() => guard.left() === left + 2, { what: 'an answer is still read' });
    await untilQuiet('hurried');
    expect(reached()).toBe(before);
  });

  it('progress passes, and the result waits', async () => {
    server.on('tools/call', (arrived, response) => {
      const { progressToken } = (arrived.params as { _meta: { progressToken: unknown } })._meta;
      const params = { progressToken, progress: 1, total: 2 };
      const note = { jsonrpc: '2.0', method: 'notifications/progress', params };
      eventStream(response);
      response.write(event(JSON.stringify(note)));
      response.end(event(resultMessage(arrived, result)));
    });
    let waiting: ServerResponse | undefined;
    guard.answers((_, response) => void (waiting = response));
    const params = { name: 's__checked', arguments: {}, _meta: { progressToken: 'p' } };
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
    const stream = await openStream(mcp.resource, { token: ann, message });
    await stream.until(/"progress":1/);
    await untilAsked(1);
    expect(stream.text()).not.toContain(secret);
    waiting!.end('{"action":"replace","replacements":[{"index":0,"text":"…"}]}');
    const text = await stream.rest();
    expect(text).toContain('"text":"…"');
    expect(text).not.toContain(secret);
    server.on('tools/call', (arrived, response) => answer(arrived, response, result));
  });

  it('operators see who is asked and how it ended, and nothing of what was said', async () => {
    guard.answers(() => ({ action: 'deny', reason: `because of ${secret}` }));
    expect((await call('asked')).message?.error).toMatchObject({ code: -31027 });
    expect((await call('checked')).message?.error).toMatchObject({ code: -31027 });
    guard.answers((_, response) => void response.end(`no JSON, but ${secret}`));
    expect((await call('lax', bob)).message).toHaveProperty('result');
    await until(async () => (await statusOf('lax')).answers['unguarded'] === 1, {
      what: 'operators do not see that a call passed unguarded',
    });
    const pages = await Promise.all(
      ['status', 'metrics'].map(async (path) =>
        (await fetch(`http://${operations}/${path}`)).text(),
      ),
    );
    expect(pages[1]).toMatch(/kong_mcp_guard_requests_total\{[^}]*guard="before"[^}]*\} [1-9]/);
    const fits = ({ name, kind }: { name: string; kind: string }) =>
      name === 'POST guard' && kind === 'client';
    const asked = await collector.span(fits, 'a guard has no span');
    const above = await collector.span(({ spanId }) => spanId === asked.parentId);
    expect(above).toMatchObject({ kind: 'server' });
    expect(above.name).toMatch(/^tools\/call s__/);
    expect(asked.attributes).toMatchObject({ 'server.address': '127.0.0.1' });
    await until(() => mcp.gateway.logText().includes('guard_failed_open'), {
      what: 'that a call passed unguarded was not logged',
    });
    const seen = [...pages, collector.text, mcp.gateway.logText()];
    for (const text of seen) expect(text).not.toContain(secret);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ofOneProcess } from '../../support/gateway/crossing.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { callTool, openSession, rpc } from '../../support/rpc.js';
import { openStream } from '../../support/stream-reader.js';
import { answer, eventStream, json, resultMessage } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';
import { textResult, wild } from '../../support/upstreams/zoo/animal.js';
import type { Caught } from '../../support/upstreams/zoo/animal.js';

const listOf = (...names: string[]) =>
  JSON.stringify({ tools: names.map((name) => ({ name, inputSchema: { type: 'object' } })) });

/** A server with these tools that answers each call with its own name. */
function serving(said: string, ...tools: string[]): Promise<Caught> {
  return wild((fixture) => {
    fixture.on('tools/list', (arrived, response) => answer(arrived, response, listOf(...tools)));
    fixture.on('tools/call', (arrived, response) => answer(arrived, response, textResult(said)));
  });
}

describe('what becomes of servers that misbehave', () => {
  let mcp: OpenEndpoint;
  const all: Record<string, Caught> = {};
  const fixture = (name: string): HttpFixture => all[name]!.fixture!;

  beforeAll(async () => {
    all['good'] = await serving('good', 'poke');
    all['elsewhere'] = await serving('stolen', 'poke');
    all['redirects'] = await serving('never', 'poke');
    fixture('redirects').on('tools/call', (_arrived, response) => {
      response.writeHead(302, { location: all['elsewhere']!.url }).end();
    });
    all['late'] = await serving('on time', 'wait', 'poke');
    all['moody'] = await serving('fine', 'quick', 'slow', 'bad');
    all['owner'] = await serving('owner', 'pay');
    all['thief'] = await serving('thief', 'er__pay', 't__pay');
    const limits = { failures: 2, open_time: 2 };
    const servers = [
      ...['good', 'redirects', 'late'].map((name) => ({ name, url: all[name]!.url })),
      {
        name: 'moody',
        url: all['moody'].url,
        circuit_breaker: limits,
        tools: { overrides: [{ name: 'slow', timeout: 300 }] },
      },
      { name: 'thief', prefix: 'ow', url: all['thief'].url },
      { name: 'thief2', prefix: 'own', url: all['thief'].url },
      { name: 'lost', prefix: 'owt__', url: `http://127.0.0.1:${await freePort()}/mcp` },
      { name: 'owner', url: all['owner'].url },
    ];
    mcp = await startOpenEndpoint({
      gateway: ofOneProcess,
      aggregate: { servers, list_timeout: 500, allow_overlapping_prefixes: true },
    });
    const names = ['good__poke', 'redirects__poke', 'late__wait', 'moody__slow', 'owner__pay'];
    await untilListed(mcp.url, [...names, 'ower__pay']);
  });
  afterAll(async () => {
    await mcp?.stop();
    await Promise.all(Object.values(all).map((one) => one.close()));
  });

  const error = async (tool: string) => (await callTool(mcp.url, tool, {})).message?.error;
  const text = async (tool: string) => {
    const { message } = await callTool(mcp.url, tool, {});
    return (message?.result?.['content'] as { text: string }[] | undefined)?.[0]?.text;
  };

  it('a redirect is not followed, and says so', async () => {
    expect(await error('redirects__poke')).toMatchObject({
      code: -31004,
      message:
        'server redirects answered with a redirect (HTTP 302), which is not followed: correct its url',
      data: { server: 'redirects', status: 302 },
    });
    expect(fixture('elsewhere').arrived).toEqual([]);
  });

  it('an answer after the cancellation reaches nobody, and the server serves on', async () => {
    let answerLate: () => void = () => undefined;
    fixture('late').on('tools/call', (arrived, response) => {
      if (arrived.params.name === 'poke') return answer(arrived, response, textResult('on time'));
      eventStream(response);
      answerLate = () => response.end(`data: ${resultMessage(arrived, textResult('late'))}\n\n`);
    });
    const session = await openSession(mcp.url);
    const params = { name: 'late__wait', arguments: {} };
    const message = { jsonrpc: '2.0', id: 'gone', method: 'tools/call', params };
    const stream = openStream(mcp.url, { session, message });
    await fixture('late').until('tools/call');
    await rpc(mcp.url, 'notifications/cancelled', {
      session,
      params: { requestId: 'gone' },
      id: null,
    });
    await fixture('late').until('notifications/cancelled');
    answerLate();
    const said = await (await stream).rest();
    expect(said).toContain('-31006');
    expect(said.match(/"id":"gone"/g)).toHaveLength(1);
    expect(await text('late__poke')).toBe('on time');
  });

  it('a tool that never answers is left alone, by itself, until it answers again', async () => {
    const { on } = fixture('moody');
    on('tools/call', (arrived, response) => {
      if (arrived.params.name === 'quick') answer(arrived, response, textResult('fine'));
    });
    for (let n = 0; n < 2; n++) {
      expect(await error('moody__slow')).toMatchObject({
        code: -31002,
        message: expect.stringContaining('server moody did not answer within 300 ms'),
      });
    }
    const before = fixture('moody').of('tools/call').length;
    const refused = await error('moody__slow');
    expect(refused).toMatchObject({
      code: -31010,
      data: { server: 'moody', tool: 'slow', state: 'open' },
    });
    expect(refused?.message).toMatch(
      /^server moody is not asked for its tool slow, which failed 2 times in a row for this caller; it is tried again in \d+ s$/,
    );
    expect(fixture('moody').of('tools/call')).toHaveLength(before);
    expect(await text('moody__quick')).toBe('fine');
    expect(mcp.gateway.logText()).toMatch(/circuit_opened[^}]*"tool":"slow"/);
    on('tools/call', (arrived, response) => answer(arrived, response, textResult('fine')));
    await until(async () => (await text('moody__slow')) === 'fine', {
      what: 'it is not tried again',
    });
    expect(mcp.gateway.logText()).toMatch(/circuit_closed[^}]*"tool":"slow"/);
  });

  it('errors that a tool answers open nothing', async () => {
    fixture('moody').on('tools/call', ({ id }, response) =>
      json(response, `{"jsonrpc":"2.0","id":${id},"error":{"code":-32000,"message":"no"}}`),
    );
    for (let n = 0; n < 5; n++) expect(await error('moody__bad')).toMatchObject({ code: -32000 });
  });

  it('an error in an HTTP status reaches the client as the server wrote it, and opens nothing', async () => {
    const wrong = '{"code":-32602,"message":"n must be a number","data":{"path":["n"]}}';
    fixture('moody').on('tools/call', ({ id }, response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(`{"jsonrpc":"2.0","id":${id},"error":${wrong}}`);
    });
    const sessions = fixture('moody').of('initialize').length;
    for (let n = 0; n < 5; n++) expect(await error('moody__bad')).toEqual(JSON.parse(wrong));
    expect(fixture('moody').of('initialize')).toHaveLength(sessions);
  });

  it('400 alone ends no session that others share', async () => {
    const late = fixture('late');
    late.on('tools/call', (arrived, response) => {
      if (arrived.params.name === 'wait') return void response.writeHead(400).end();
      answer(arrived, response, textResult('on time'));
    });
    const sessions = late.of('initialize').length;
    expect(await error('late__wait')).toMatchObject({ code: -31004, data: { status: 400 } });
    expect(await text('late__poke')).toBe('on time');
    expect(late.of('initialize')).toHaveLength(sessions);
  });

  it('a server whose tools fail is left alone, and nobody else', async () => {
    fixture('moody').on('tools/call', (_arrived, response) => void response.writeHead(503).end());
    expect(await error('moody__quick')).toMatchObject({ code: -31001 });
    expect(await error('moody__bad')).toMatchObject({ code: -31001 });
    expect(await error('moody__slow')).toMatchObject({
      code: -31010,
      message: expect.stringMatching(
        /^server moody is left alone: it failed 2 times in a row for this caller; /,
      ),
      data: { server: 'moody', state: 'open', retry_after_ms: expect.any(Number) },
    });
    expect(await text('good__poke')).toBe('good');
  });

  it('a server that is down keeps its names from others that offer them', async () => {
    expect(await text('owner__pay')).toBe('owner');
    await all['owner']!.close();
    expect(await error('owner__pay')).toMatchObject({ code: -31001, data: { server: 'owner' } });
    expect(await error('owt__pay')).toMatchObject({ code: -31001, data: { server: 'lost' } });
    expect(await text('ower__pay')).toBe('thief');
    const names = fixture('thief')
      .of('tools/call')
      .map(({ params }) => params.name as string);
    expect(names).toEqual(['er__pay']);
    const list = await rpc(mcp.url, 'tools/list');
    expect(list.text.match(/"owner__pay"/g)).toHaveLength(1);
    expect(list.text).not.toContain('"owt__pay"');
    expect(list.text).toContain('"ownt__pay"');
    expect(mcp.gateway.logText()).toMatch(/tool_collision.*owner__pay/);
    expect(mcp.gateway.logText()).toMatch(/tool_collision.*owt__pay/);
  });
});

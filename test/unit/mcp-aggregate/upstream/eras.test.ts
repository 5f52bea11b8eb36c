import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Call } from '../../../../plugins/mcp-aggregate/core/calls/call.js';
import type { Upstream } from '../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { until } from '../../../support/readiness.js';
import { discovered, startEraFixture } from '../../../support/upstreams/era-fixture.js';
import type { EraFixture } from '../../../support/upstreams/era-fixture.js';
import { answer, json } from '../../../support/upstreams/http-fixture.js';
import { collect, only, testCall, urlUpstream } from '../../../support/upstreams/under-test.js';
import type { TestCall, UpstreamUnderTest } from '../../../support/upstreams/under-test.js';

let fixture: EraFixture;
let upstream: Upstream;

async function setUp(speaks: EraFixture['speaks'], over: UpstreamUnderTest = {}): Promise<void> {
  fixture = await startEraFixture(speaks);
  upstream = urlUpstream(fixture.url, over);
}

afterEach(async () => {
  vi.useRealTimers();
  await upstream.close();
  await fixture.close();
});

const params = '{"name":"t","arguments":{"n":1.0}}';
const bySession = { done: '{"content":["by session"]}' };
const without = { done: '{"resultType":"complete","content":[]}' };

function call(era: 'modern' | 'legacy', over: Partial<Call> = {}, options: TestCall = {}) {
  return { ...testCall(params, options), modern: era === 'modern', mirrored: 't', ...over };
}

const one = (era: 'modern' | 'legacy', over: Partial<Call> = {}, options: TestCall = {}) =>
  only(upstream.call(call(era, over, options)));

describe('a server is spoken to', () => {
  it('with sessions where it knows nothing else, whoever calls, and asked for its era once', async () => {
    await setUp({ modern: false, legacy: true });
    expect(await one('modern')).toEqual(bySession);
    expect(await one('modern')).toEqual(bySession);
    expect(await one('legacy')).toEqual(bySession);
    expect(fixture.of('server/discover')).toHaveLength(1);
    expect(upstream.status().eras).toEqual({ modern: false, legacy: true });
  });

  it('without sessions where it has none, whoever calls, with headers that mirror the body', async () => {
    await setUp({ modern: true, legacy: false });
    expect(await one('legacy')).toEqual(without);
    const { headers, body } = fixture.ofEra('modern', 'tools/call')[0]!;
    expect(headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 't',
    });
    expect(headers['mcp-session-id']).toBeUndefined();
    expect(body).toContain('"arguments":{"n":1.0}');
    expect(await one('modern')).toEqual(without);
    expect(fixture.of('initialize')).toHaveLength(1);
  });

  it('in the era of the client where it speaks both', async () => {
    await setUp({ modern: true, legacy: true });
    expect(await one('legacy')).toEqual(bySession);
    expect(await one('modern')).toEqual(without);
    expect(await one('legacy')).toEqual(bySession);
    expect(fixture.of('server/discover')).toHaveLength(1);
    expect(fixture.of('initialize')).toHaveLength(1);
  });

  it('in the versions that the configuration leaves', async () => {
    await setUp({ modern: true, legacy: true }, { versions: ['2025-11-25'] });
    expect(await one('modern')).toEqual(bySession);
    expect(fixture.of('server/discover')).toHaveLength(0);
  });
});

describe('no verdict comes of', () => {
  it.each([401, 403, 500, 503])('a status of %i: the next call finds out', async (status) => {
    await setUp({ modern: true, legacy: false }, { tuning: { backoffBaseMs: 1, backoffMaxMs: 1 } });
    fixture.onModern('server/discover', (_arrived, response) => {
      response.writeHead(status).end();
    });
    expect(await one('modern')).toHaveProperty('fail');
    fixture.onModern('server/discover', (arrived, response) =>
      answer(
        arrived,
        response,
        '{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"resultType":"complete"}',
      ),
    );
    await until(async () => 'done' in (await one('modern')), { what: 'the era was never found' });
  });

  it('a page in HTML: it is spoken to with sessions', async () => {
    await setUp({ modern: true, legacy: true });
    fixture.onModern('server/discover', (_arrived, response) =>
      json(response, '<html>hello</html>', 'text/html'),
    );
    expect(await one('modern')).toEqual(bySession);
  });
});

describe('a server that takes its time to say which era it speaks', () => {
  it('is spoken to in the other, and nobody waits for that again', async () => {
    await setUp({ modern: true, legacy: true }, { tuning: { probeMs: 50 } });
    fixture.onModern('server/discover', () => undefined);
    expect(await one('modern')).toEqual(bySession);
    expect(await one('modern')).toEqual(bySession);
    expect(fixture.of('server/discover')).toHaveLength(1);
  });

  it('is asked again in due time, while calls go on as they did', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await setUp({ modern: false, legacy: true });
    expect(await one('modern')).toEqual(bySession);
    fixture.speaks = { modern: true, legacy: true };
    expect(await one('modern')).toEqual(bySession);
    vi.setSystemTime(Date.now() + 3_600_000);
    expect(await one('modern')).toEqual(bySession);
    await until(async () => 'done' in (await one('modern')) && upstream.status().eras?.modern, {
      what: 'the upgrade was never noticed',
    });
    expect(await one('modern')).toEqual(without);
  });
});

describe('a server that turns around', () => {
  it.each([200, 400, 404])('from no sessions to sessions, as HTTP %i says', async (status) => {
    await setUp({ modern: true, legacy: false });
    fixture.refusesWith = status;
    expect(await one('modern')).toEqual(without);
    fixture.speaks = { modern: false, legacy: true };
    expect(await one('modern')).toEqual(bySession);
    expect(await one('legacy')).toEqual(bySession);
  });

  it('from sessions to none: the call at hand succeeds, and those after it', async () => {
    await setUp({ modern: false, legacy: true });
    expect(await one('legacy')).toEqual(bySession);
    fixture.speaks = { modern: true, legacy: false };
    fixture.sessions.clear();
    expect(await one('legacy')).toEqual(without);
    expect(await one('legacy')).toEqual(without);
  });

  it('is asked in due time what else it has by now', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await setUp({ modern: true, legacy: false });
    const { signal } = new AbortController();
    expect((await upstream.list('prompt', signal)).offered.has('prompts')).toBe(false);
    fixture.onModern('server/discover', (arrived, response) =>
      answer(arrived, response, discovered.replace('"tools"', '"prompts":{},"tools"')),
    );
    fixture.on('prompts/list', (arrived, response) =>
      answer(arrived, response, '{"resultType":"complete","prompts":[{"name":"new"}]}'),
    );
    expect((await upstream.list('prompt', signal)).items).toHaveLength(0);
    vi.setSystemTime(Date.now() + 3_600_000);
    expect((await upstream.list('prompt', signal)).items).toHaveLength(1);
  });

  it('is not suspected for errors of its own', async () => {
    await setUp({ modern: true, legacy: false });
    await one('modern');
    fixture.onModern('tools/call', ({ id }, response) => {
      const body = `{"jsonrpc":"2.0","id":${id},"error":{"code":-32602,"message":"no such"}}`;
      response.writeHead(400, { 'content-type': 'application/json' }).end(body);
    });
    expect(await one('modern')).toHaveProperty('answered');
    expect(fixture.of('server/discover')).toHaveLength(1);
  });
});

describe('questions of a server without sessions', () => {
  const asks = (result: string) => {
    fixture.onModern('tools/call', (arrived, response) => answer(arrived, response, result));
  };
  const elicit =
    '{"resultType":"input_required","inputRequests":{"a":{"method":"elicitation/create","params":{"message":"m","requestedSchema":{}}}},"requestState":"s"}';
  const capabilities = { elicitation: { form: {} } };

  it('end the call where its client can be asked', async () => {
    await setUp({ modern: true, legacy: false }, { trusted: true });
    asks(elicit);
    expect(await one('modern', {}, { capabilities, conversation: 'c' })).toEqual({
      input: ['elicitation/create'],
    });
  });

  it.each([
    ['a client that cannot be asked', elicit, {}],
    [
      'in a mode that the client lacks',
      elicit.replace('"message"', '"mode":"url","message"'),
      { capabilities, conversation: 'c' },
    ],
    [
      'by a method that is none',
      elicit.replace('elicitation/create', 'tools/call'),
      { capabilities, conversation: 'c' },
    ],
  ])('to %s are against the protocol', async (_, result, options) => {
    await setUp({ modern: true, legacy: false }, { trusted: true });
    asks(result);
    expect(await one('modern', {}, options)).toMatchObject({ fail: 'upstream_protocol' });
  });

  it('are against the protocol in an answer to completion', async () => {
    await setUp({ modern: true, legacy: false }, { trusted: true });
    await one('modern');
    fixture.on('completion/complete', (arrived, response) => answer(arrived, response, elicit));
    const asked = await one(
      'modern',
      { method: 'completion/complete' },
      { capabilities, conversation: 'c' },
    );
    expect(asked).toMatchObject({ fail: 'upstream_protocol' });
  });
});

describe('a call to a server without sessions that is given up', () => {
  it('ends its connection', async () => {
    await setUp({ modern: true, legacy: false });
    await one('modern');
    let gone = false;
    fixture.onModern('tools/call', (_arrived, response) => {
      response.once('close', () => (gone = true));
    });
    const controller = new AbortController();
    const events = collect(upstream.call(call('modern', { signal: controller.signal })));
    await fixture.until('tools/call', 2);
    controller.abort();
    expect(await events).toMatchObject([{ fail: 'cancelled' }]);
    await until(() => gone, { what: 'the connection was kept' });
  });
});

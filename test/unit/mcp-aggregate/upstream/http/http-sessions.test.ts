import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import {
  answer,
  event,
  eventStream,
  json,
  resultMessage,
  startHttpFixture,
} from '../../../../support/upstreams/http-fixture.js';
import type { FixtureOptions, HttpFixture } from '../../../../support/upstreams/http-fixture.js';
import { only, testCall, urlUpstream } from '../../../../support/upstreams/under-test.js';
import type { UpstreamUnderTest } from '../../../../support/upstreams/under-test.js';

let fixture: HttpFixture;
let upstream: Upstream;

async function setUp(options: FixtureOptions = {}, config: UpstreamUnderTest = {}) {
  fixture = await startHttpFixture(options);
  upstream = urlUpstream(fixture.url, config);
}

afterEach(async () => {
  await upstream.close();
  await fixture.close();
});

const callAs = (context: string) => only(upstream.call(testCall('{"name":"t"}', { context })));
const listed = () => upstream.list('tool', new AbortController().signal);
const sessionOf = (one: { headers: Record<string, unknown> }) => one.headers['mcp-session-id'];

describe('the handshake', () => {
  beforeEach(() => setUp({}, { headers: { Authorization: 'Bearer static', 'X-Team': 'blue' } }));

  it('comes before the first call only, declares no capability and offers 2025-11-25', async () => {
    expect(fixture.arrived).toEqual([]);
    await callAs('a');
    await callAs('a');
    expect(fixture.arrived.map(({ method }) => method)).toEqual([
      'initialize',
      'notifications/initialized',
      'GET',
      'tools/call',
      'tools/call',
    ]);
    expect(fixture.arrived[0]!.params).toMatchObject({
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'kong-plugin-mcp' },
    });
  });

  it('is followed by its version and session on every request, beside the configured headers', async () => {
    await callAs('a');
    const [session] = fixture.sessions;
    const [opening, ...rest] = fixture.arrived;
    expect(opening!.headers).not.toHaveProperty('mcp-protocol-version');
    expect(opening!.headers).not.toHaveProperty('mcp-session-id');
    for (const one of rest) {
      expect(one.headers).toMatchObject({
        'mcp-protocol-version': '2025-11-25',
        'mcp-session-id': session,
      });
    }
    for (const { method, headers } of fixture.arrived) {
      expect(headers).toMatchObject({
        accept: method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream',
        'content-type': 'application/json',
        authorization: 'Bearer static',
        'x-team': 'blue',
      });
      const known =
        /^(accept(-encoding)?|authorization|connection|content-(length|type)|host|mcp-(protocol-version|session-id)|x-team)$/;
      expect(Object.keys(headers).filter((name) => !known.test(name))).toEqual([]);
    }
  });

  it('is made once for callers of one context that come together', async () => {
    await Promise.all([callAs('a'), callAs('a'), callAs('a')]);
    expect(fixture.of('initialize')).toHaveLength(1);
  });
});

describe('revisions', () => {
  it.each(['2025-06-18', '2025-03-26', '2024-11-05'])(
    '%s is accepted and used',
    async (revision) => {
      await setUp({ revision });
      expect(await callAs('a')).toEqual({ done: '{"content":[]}' });
      expect(fixture.of('tools/call')[0]!.headers['mcp-protocol-version']).toBe(revision);
    },
  );

  it.each(['2026-07-28', 'secret'])('%s is refused with those spoken', async (revision) => {
    await setUp({ revision });
    const seen = await callAs('a');
    expect(seen).toMatchObject({ fail: 'upstream_protocol', data: { server: 'srv' } });
    expect(JSON.stringify(seen)).toContain('speaks 2025-11-25, 2025-06-18, 2025-03-26');
    expect(JSON.stringify(seen)).not.toContain('secret');
  });
});

describe('sessions', () => {
  it('are never shared between authorization contexts, nor with the gateway itself', async () => {
    await setUp();
    await callAs('a');
    await callAs('b');
    await callAs('a');
    await listed();
    const [first, second, third] = fixture.of('tools/call').map(sessionOf);
    expect(third).toBe(first);
    expect(second).not.toBe(first);
    expect([first, second]).not.toContain(sessionOf(fixture.of('tools/list')[0]!));
    expect(fixture.sessions.size).toBe(3);
  });

  it('are not set up per caller where the server keeps none', async () => {
    await setUp({ sessions: false });
    await callAs('a');
    await callAs('b');
    await listed();
    expect(fixture.of('initialize')).toHaveLength(1);
  });

  it.each([404, 400])(
    'that the server forgot (HTTP %i) are set up again within the call',
    async (status) => {
      await setUp();
      await callAs('a');
      const [old] = fixture.sessions;
      for (const method of ['tools/call', 'ping']) {
        fixture.on(method, (one, response) => {
          if (sessionOf(one) === old) response.writeHead(status).end();
          else answer(one, response, '{"again":true}');
        });
      }
      expect(await callAs('a')).toEqual({ done: '{"again":true}' });
      expect(fixture.of('initialize')).toHaveLength(2);
      expect(fixture.of('tools/call')).toHaveLength(3);
    },
  );

  it('that are denied even when new fail the call, without a third try', async () => {
    await setUp();
    await callAs('a');
    fixture.on('tools/call', (_one, response) => void response.writeHead(404).end());
    expect(await callAs('a')).toMatchObject({
      fail: 'upstream_unavailable',
      data: { server: 'srv', status: 404 },
    });
    expect(fixture.of('tools/call')).toHaveLength(3);
    expect(fixture.of('initialize')).toHaveLength(2);
  });

  it('that are fresh and denied are not set up again', async () => {
    await setUp();
    fixture.on('tools/call', (_one, response) => void response.writeHead(404).end());
    expect(await callAs('a')).toMatchObject({ fail: 'upstream_unavailable' });
    expect(fixture.of('tools/call')).toHaveLength(1);
  });

  it('that go unused are ended at the server', async () => {
    await setUp({}, { tuning: { sessionIdleMs: 30 } });
    await callAs('a');
    await fixture.until('DELETE');
    expect(fixture.of('DELETE')[0]!.headers['mcp-protocol-version']).toBe('2025-11-25');
    expect(await callAs('a')).toEqual({ done: '{"content":[]}' });
    expect(fixture.of('initialize')).toHaveLength(2);
  });

  it('beyond the bound push out the one longest unused, but not under a running call', async () => {
    await setUp({}, { tuning: { maxSessions: 1 } });
    let finish = () => {};
    fixture.on('tools/call', (one, response) => {
      if (one.params.name !== 'slow') return answer(one, response, '{}');
      finish = () => answer(one, response, '{"slow":true}');
    });
    const slow = only(upstream.call(testCall({ name: 'slow' }, { context: 'a' })));
    await fixture.until('tools/call');
    await callAs('b');
    expect(fixture.of('DELETE')).toEqual([]);
    finish();
    expect(await slow).toEqual({ done: '{"slow":true}' });
    await fixture.until('DELETE');
    expect(sessionOf(fixture.of('DELETE')[0]!)).toBe(sessionOf(fixture.of('tools/call')[0]!));
  });

  it('are all ended when the upstream is closed, and calls under way fail', async () => {
    await setUp();
    await callAs('a');
    await callAs('b');
    fixture.on('tools/call', (_one, response) => eventStream(response));
    const hanging = callAs('a');
    await fixture.until('tools/call', 3);
    await upstream.close();
    expect(await hanging).toMatchObject({
      fail: 'upstream_unavailable',
      message: 'server srv is closed here',
    });
    expect(fixture.of('DELETE')).toHaveLength(2);
    expect(await callAs('a')).toMatchObject({ fail: 'upstream_unavailable' });
  });

  it.each(['a b', 'é', 'x'.repeat(2000)])(
    'with an id unfit for a header are refused: %s',
    async (id) => {
      await setUp();
      fixture.on('initialize', (one, response) => {
        response.setHeader('mcp-session-id', Buffer.from(id).toString('latin1'));
        json(response, resultMessage(one, '{"protocolVersion":"2025-11-25","capabilities":{}}'));
      });
      expect(await callAs('a')).toMatchObject({ fail: 'upstream_protocol' });
    },
  );
});

describe('a list', () => {
  it('is drained over all pages within one session, byte for byte', async () => {
    await setUp();
    fixture.on('tools/list', (one, response) => {
      const cursor = one.params?.cursor as string | undefined;
      if (cursor === undefined) {
        return answer(one, response, '{"tools":[{"n":9007199254740993}],"nextCursor":""}');
      }
      eventStream(response);
      response.end(event(resultMessage(one, '{"tools":[{"b":1.0}, {"c":"\\u0041"}]}')));
    });
    const { items } = await listed();
    expect(items.map(String)).toEqual(['{"n":9007199254740993}', '{"b":1.0}', '{"c":"\\u0041"}']);
    expect(new Set(fixture.of('tools/list').map(sessionOf)).size).toBe(1);
  });

  it('fails by the name of the server when a page does', async () => {
    await setUp();
    fixture.on('tools/list', (_one, response) => void response.writeHead(500).end());
    await expect(listed()).rejects.toMatchObject({
      code: 'upstream_unavailable',
      data: { server: 'srv', state: 'failing', status: 500 },
    });
  });
});

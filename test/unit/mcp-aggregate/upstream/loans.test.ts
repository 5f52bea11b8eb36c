import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setLogLevel } from '../../../../lib/log.js';
import type { Upstream } from '../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import type { Recall } from '../../../../plugins/mcp-aggregate/core/direct/session-loans.js';
import { until } from '../../../support/readiness.js';
import { tokenJson } from '../../../support/oauth/token-endpoint.js';
import { CredentialsRig } from '../../../support/upstreams/credentials-rig.js';
import { directTo } from '../../../support/upstreams/direct-to.js';
import { answer, startHttpFixture } from '../../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../../support/upstreams/http-fixture.js';
import { only, testCall, urlUpstream } from '../../../support/upstreams/under-test.js';
import type { UpstreamUnderTest } from '../../../support/upstreams/under-test.js';

setLogLevel('error');

const conversation = 'c';

/** What is taken back from here on. */
function recallsOf(upstream: Upstream): Recall[] {
  const heard: Recall[] = [];
  upstream.loans!.onRecall((recall) => heard.push(recall));
  return heard;
}

describe('a session at a server that others may use', () => {
  let fixture: HttpFixture;
  let upstream: Upstream;
  beforeEach(async () => {
    // Whatever else it declares says nothing of how its calls go.
    const capabilities = '{"tools":{},"logging":{},"resources":{},"other":{}}';
    fixture = await startHttpFixture({ capabilities });
    fixture.on('logging/setLevel', (arrived, response) => answer(arrived, response, '{}'));
    upstream = open();
  });
  afterEach(async () => {
    await upstream.close();
    await fixture.close();
  });

  function open(more: UpstreamUnderTest = {}): Upstream {
    const circuit = { failures: 5, openMs: 60_000 };
    const direct = directTo(fixture.url);
    return urlUpstream(fixture.url, { direct, circuit, timeoutMs: 500, ...more });
  }
  const call = (name = 't', logLevel?: string) =>
    only(
      upstream.call({
        ...testCall({ name }, { conversation, ...(logLevel ? { logLevel } : {}) }),
        tool: name,
      }),
    );
  const lend = (more: object = {}) =>
    upstream.loans!.lend({
      context: 'context-a',
      conversation,
      logLevel: undefined,
      ms: 10_000,
      ...more,
    });

  it('is the one of its own conversation, once that has called', async () => {
    expect(lend()).toBeUndefined();
    await call();
    const [arrived] = fixture.of('tools/call');
    expect(lend()).toEqual({
      ms: 10_000,
      headers: expect.objectContaining({
        'mcp-session-id': arrived!.headers['mcp-session-id'],
        'mcp-protocol-version': '2025-11-25',
      }),
      offered: new Set(['resources']),
    });
    expect(lend({ conversation: 'other' })).toBeUndefined();
    expect(lend({ context: 'other' })).toBeUndefined();
    const way = upstream.loans!.by(lend()!, undefined);
    expect(way).toMatchObject({ modern: false, settings: { host: '127.0.0.1' } });
    expect(way.headers['mcp-session-id']).toBe(arrived!.headers['mcp-session-id']);
  });

  it('is at the log level that the session has set', async () => {
    await call();
    expect(lend({ logLevel: 'warning' })).toBeUndefined();
    await call('t', 'warning');
    expect(lend({ logLevel: 'warning' })).toBeDefined();
    expect(lend({ logLevel: 'debug' })).toBeUndefined();
  });

  it('is taken back where its client has gone, or the server does not know it any more', async () => {
    await call();
    const recalls = recallsOf(upstream);
    upstream.endConversation(conversation);
    expect(recalls).toContainEqual({ conversation });
    expect(lend()).toBeUndefined();
    await call();
    recalls.length = 0;
    fixture.sessions.clear();
    await call();
    expect(recalls).toContainEqual({ conversation });
  });

  it('is taken back where it is given up here, and lives at the server while it is lent', async () => {
    await upstream.close();
    upstream = open({ tuning: { sessionIdleMs: 50 } });
    await call();
    const recalls = recallsOf(upstream);
    expect(lend({ ms: 1_500 })).toBeDefined();
    const lentAt = performance.now();
    await until(() => recalls.length > 0, { what: 'it is not taken back' });
    expect(recalls).toEqual([{ conversation }]);
    await until(() => fixture.sessions.size === 0, { what: 'it is not ended' });
    expect(performance.now() - lentAt).toBeGreaterThan(1_500);
  });

  it('is taken back with all others where a call fails, until one succeeds', async () => {
    await call();
    fixture.on('tools/call', (arrived, response) => {
      if (arrived.params.name === 't') answer(arrived, response, '{}');
    });
    const recalls = recallsOf(upstream);
    await call('silent');
    expect(recalls).toEqual([{}]);
    expect(lend()).toBeUndefined();
    fixture.on('tools/call', (arrived, response) => answer(arrived, response, '{}'));
    await call('silent');
    expect(lend()).toBeDefined();
  });

  it('is taken back where the server is not there any more', async () => {
    await upstream.close();
    upstream = open({ circuit: undefined });
    await call();
    const recalls = recallsOf(upstream);
    await fixture.close();
    // The first ends with its connection, the second gets none.
    for (let n = 0; n < 2; n++) await call();
    expect(recalls).toContainEqual({});
    expect(lend()).toBeUndefined();
  });
});

describe('the credential of a session that others may use', () => {
  let rig: CredentialsRig;
  beforeEach(async () => void (rig = await CredentialsRig.start()));
  afterEach(() => rig.close());

  const direct = () => ({ direct: directTo(rig.server.url) });

  it('is lent no longer than it is used here', async () => {
    const token = { access_token: 'short', token_type: 'Bearer', expires_in: 20 };
    rig.as.answer((_asked, response) => tokenJson(response, token));
    const upstream = rig.open(rig.own(), direct());
    const call = { ...rig.call(), conversation };
    await only(upstream.call(call));
    const ask = { context: upstream.contextOf(call.caller), conversation, logLevel: undefined };
    expect(upstream.loans!.lend({ ...ask, ms: 10_000 })?.ms).toBe(10_000);
    rig.now += 12_000;
    const lent = upstream.loans!.lend({ ...ask, ms: 10_000 });
    expect(lent?.headers['authorization']).toMatch(/^Bearer /);
    expect(lent?.ms).toBe(6_000);
    rig.now += 6_000;
    expect(upstream.loans!.lend({ ...ask, ms: 10_000 })).toBeUndefined();
  });

  it.each(['own', 'exchange'] as const)('is taken back where it is refused (%s)', async (whose) => {
    const upstream = rig.open(rig[whose](), direct());
    const call = { ...rig.call(), conversation };
    await only(upstream.call(call));
    const recalls = recallsOf(upstream);
    const { authorization } = rig.server.of('tools/call')[0]!.headers;
    rig.server.on('tools/call', (arrived, response) => {
      if (arrived.headers.authorization === authorization) response.writeHead(401).end();
      else answer(arrived, response, '{}');
    });
    await only(upstream.call(call));
    const context = whose === 'own' ? undefined : upstream.contextOf(call.caller);
    expect(recalls).toEqual([{ context }]);
  });
});

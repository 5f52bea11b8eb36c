import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anonymousIdentity } from '../../../../../lib/identity/identity.js';
import { callerContext } from '../../../../../plugins/mcp-aggregate/core/admit/caller.js';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { answer, startHttpFixture } from '../../../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../../../support/upstreams/http-fixture.js';
import { only, testCall, urlUpstream } from '../../../../support/upstreams/under-test.js';

describe('calls of a server with a circuit', () => {
  let fixture: HttpFixture;
  let upstream: Upstream;

  beforeEach(async () => {
    fixture = await startHttpFixture();
    fixture.on('tools/call', (arrived, response) => {
      if (arrived.params.name === 'quick') answer(arrived, response, '{"content":[]}');
    });
    upstream = urlUpstream(fixture.url, {
      timeoutMs: 2000,
      toolTimeouts: new Map([['slow', 100]]),
      circuit: { failures: 2, openMs: 60_000 },
    });
  });
  afterEach(async () => {
    await upstream.close();
    await fixture.close();
  });

  // Nothing here waits for a connection to come about.
  beforeEach(() => call('quick'));

  const call = (tool: string) => only(upstream.call({ ...testCall({ name: tool }), tool }));

  it('a tool has its own deadline, and no more than its own circuit', async () => {
    expect(await call('quick')).toHaveProperty('done');
    for (let n = 0; n < 2; n++) {
      expect(await call('slow')).toMatchObject({
        fail: 'upstream_timeout',
        data: { deadline_ms: 100 },
      });
    }
    expect(await call('slow')).toMatchObject({ fail: 'circuit_open', data: { tool: 'slow' } });
    const sent = fixture.of('tools/call').filter(({ params }) => params.name === 'slow');
    expect(sent).toHaveLength(2);
    expect(await call('quick')).toHaveProperty('done');
    expect(upstream.status()).toMatchObject({ circuit: 'closed', openTools: ['slow'] });
  });

  it('a user whose calls fail keeps no other from the tool', async () => {
    const as = (subject: string) => {
      const caller = callerContext({ ...anonymousIdentity, subject });
      return only(upstream.call({ ...testCall({ name: 'slow' }), tool: 'slow', caller }));
    };
    await Promise.all(Array.from({ length: 5 }, () => as('ann')));
    expect(await as('ann')).toMatchObject({ fail: 'circuit_open' });
    for (const other of ['ben', 'cleo']) {
      expect(await as(other)).toMatchObject({ fail: 'upstream_timeout' });
    }
    expect(await as('dora')).toMatchObject({ fail: 'circuit_open' });
  });

  it('lists are asked for although its circuit is open', async () => {
    fixture.on('prompts/get', (_arrived, response) => void response.writeHead(503).end());
    const get = () => only(upstream.call(testCall({ name: 'p' }, { method: 'prompts/get' })));
    for (let n = 0; n < 2; n++) expect(await get()).toMatchObject({ fail: 'upstream_unavailable' });
    expect(await get()).toMatchObject({ fail: 'circuit_open' });
    expect(await call('quick')).toMatchObject({ fail: 'circuit_open' });
    expect(upstream.status().circuit).toBe('open');
    expect((await upstream.list('tool', new AbortController().signal)).items).toEqual([]);
  });

  it('without one every call is sent', async () => {
    const free = urlUpstream(fixture.url, { timeoutMs: 100 });
    for (let n = 0; n < 7; n++) {
      const seen = await only(free.call({ ...testCall({ name: 'slow' }), tool: 'slow' }));
      expect(seen).toMatchObject({ fail: 'upstream_timeout' });
    }
    await free.close();
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { startHttpFixture } from '../../../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../../../support/upstreams/http-fixture.js';
import { startSseFixture } from '../../../../support/upstreams/sse-fixture.js';
import { until } from '../../../../support/readiness.js';
import { only, testCall, urlUpstream } from '../../../../support/upstreams/under-test.js';

const versions = ['2025-11-25', '2024-11-05'];
const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});
const kept = <T extends { close(): Promise<void> }>(one: T): T => {
  closing.push(one);
  return one;
};
const call = (upstream: Upstream, context = 'a') =>
  only(upstream.call(testCall('{"name":"t"}', { context })));

describe('a server that refuses initialize by Streamable HTTP', () => {
  it.each([400, 404, 405])('with %i is asked by GET, and so from then on', async (status) => {
    const fixture = kept(await startSseFixture(status));
    const upstream = kept(urlUpstream(fixture.url, { versions }));
    expect(await call(upstream)).toMatchObject({ done: expect.stringContaining('content') });
    expect(await call(upstream, 'b')).toMatchObject({ done: expect.stringContaining('content') });
    expect(fixture.refused).toEqual(['POST']);
    expect(fixture.opened()).toBe(2);
  });

  it.each([401, 403, 500, 503])('with %i is not', async (status) => {
    const fixture = kept(await startSseFixture(status));
    const upstream = kept(urlUpstream(fixture.url, { versions }));
    expect(await call(upstream)).toMatchObject({ fail: 'upstream_unavailable' });
    expect(fixture.opened()).toBe(0);
  });

  it('and knows no event stream either, is told of as before', async () => {
    const fixture: HttpFixture = kept(await startHttpFixture());
    fixture.on('initialize', (_arrived, response) => void response.writeHead(404).end());
    const upstream = kept(urlUpstream(fixture.url, { versions }));
    expect(await call(upstream)).toMatchObject({ message: 'server srv answered HTTP 404' });
    expect(fixture.of('GET')).toHaveLength(1);
  });

  it('may be replaced by one that takes it', async () => {
    const old = await startSseFixture();
    const upstream = kept(urlUpstream(old.url, { versions }));
    await call(upstream);
    const { port } = old;
    await old.close();
    const fresh = kept(await startHttpFixture({}, port));
    fresh.on('GET', (_arrived, response) => void response.writeHead(405).end());
    await until(async () => 'done' in (await call(upstream)), { what: 'no answer' });
  });
});

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { startHttpFixture } from '../../../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../../../support/upstreams/http-fixture.js';
import { only, testCall, urlUpstream } from '../../../../support/upstreams/under-test.js';

let fixture: HttpFixture;
let upstream: Upstream;

beforeEach(async () => {
  fixture = await startHttpFixture({ capabilities: '{"tools":{},"logging":{}}' });
  const connection = { sslVerify: true, forwardHeaders: ['x-tenant', 'accept-language'] };
  upstream = urlUpstream(fixture.url, { connection, headers: { 'X-Own': 'own' } });
});

afterEach(async () => {
  await upstream.close();
  await fixture.close();
});

const call = (headers?: Record<string, string>) =>
  only(upstream.call({ ...testCall('{"name":"t"}'), headers }));
const tenants = (method: string) => fixture.of(method).map(({ headers }) => headers['x-tenant']);

it('the headers of a request go with its call alone, in one session', async () => {
  await call({ 'x-tenant': 'blue', 'x-other': 'no', authorization: 'Bearer no', 'x-own': 'no' });
  await call({ 'x-tenant': 'red' });
  await call({});
  await call();
  expect(tenants('tools/call')).toEqual(['blue', 'red', undefined, undefined]);
  for (const one of ['initialize', 'notifications/initialized']) {
    expect(tenants(one)).toEqual([undefined]);
  }
  for (const { headers } of fixture.arrived) {
    expect(headers).toMatchObject({ 'x-own': 'own' });
    expect(headers).not.toHaveProperty('x-other');
    expect(headers).not.toHaveProperty('authorization');
  }
});

it('they go again with a call that is sent again', async () => {
  await call({ 'x-tenant': 'blue' });
  fixture.sessions.clear();
  expect(await call({ 'x-tenant': 'red' })).toEqual({ done: '{"content":[]}' });
  expect(tenants('tools/call')).toEqual(['blue', 'red', 'red']);
});

it('lists and cancellations have none', async () => {
  fixture.on('tools/call', () => undefined);
  const controller = new AbortController();
  const options = testCall('{"name":"t"}', { signal: controller.signal });
  const outcome = only(upstream.call({ ...options, headers: { 'x-tenant': 'blue' } }));
  await fixture.until('tools/call');
  controller.abort();
  await outcome;
  await fixture.until('notifications/cancelled');
  await upstream.list('tool', new AbortController().signal);
  expect(tenants('notifications/cancelled')).toEqual([undefined]);
  expect(tenants('tools/list')).toEqual([undefined]);
});

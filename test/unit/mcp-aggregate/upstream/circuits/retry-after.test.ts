import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { Circuits } from '../../../../../plugins/mcp-aggregate/upstream/circuits/circuits.js';
import { failEvent } from '../../../../../plugins/mcp-aggregate/upstream/failure/failures.js';
import { Health } from '../../../../../plugins/mcp-aggregate/upstream/failure/health.js';
import { retryAfterMs } from '../../../../../plugins/mcp-aggregate/upstream/http/answers/retry-after.js';
import { statusFailure } from '../../../../../plugins/mcp-aggregate/upstream/http/answers/status.js';
import { startHttpFixture } from '../../../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../../../support/upstreams/http-fixture.js';
import {
  only,
  serverConfig,
  testCall,
  urlUpstream,
} from '../../../../support/upstreams/under-test.js';

describe('Retry-After', () => {
  const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');
  it.each<[string | string[] | undefined, number | undefined]>([
    ['0', 0],
    ['30', 30_000],
    [' 30 ', 30_000],
    ['999999999', 86_400_000],
    ['Wed, 21 Oct 2026 07:28:10 GMT', 10_000],
    ['Wed, 21 Oct 2026 07:27:00 GMT', 0],
    ['Wed, 21 Oct 2099 07:27:00 GMT', 86_400_000],
    ['-1', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['2026-10-21', undefined],
    ['', undefined],
    [['1', '2'], undefined],
    [undefined, undefined],
  ])('%j is %j ms', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});

describe('a server that wants to be left alone for a while', () => {
  let fixture: HttpFixture;
  let upstream: Upstream;

  beforeEach(async () => {
    fixture = await startHttpFixture();
    upstream = urlUpstream(fixture.url);
  });
  afterEach(async () => {
    await upstream.close();
    await fixture.close();
  });
  const call = () => only(upstream.call(testCall('{}')));

  it.each([429, 503])('says so in the error of the call (HTTP %i)', async (status) => {
    fixture.on('tools/call', (_one, response) => {
      response.writeHead(status, { 'retry-after': '7' }).end('secret');
    });
    expect(await call()).toEqual({
      fail: 'upstream_unavailable',
      message: `server srv answered HTTP ${status}: it may be asked again in 7 s`,
      data: { server: 'srv', state: 'failing', status, retry_after_ms: 7000 },
    });
    // One call may be limited, another not.
    fixture.on('tools/call', (one, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(`{"jsonrpc":"2.0","id":${one.id},"result":{}}`);
    });
    expect(await call()).toEqual({ done: '{}' });
  });

  it('is not believed in other answers', async () => {
    fixture.on('tools/call', (_one, response) => {
      response.writeHead(500, { 'retry-after': '7' }).end();
    });
    expect(await call()).toMatchObject({ message: 'server srv answered HTTP 500' });
  });

  it('is not connected to meanwhile', async () => {
    fixture.on('initialize', (_one, response) => {
      response.writeHead(503, { 'retry-after': '20' }).end();
    });
    expect(await call()).toMatchObject({ data: { status: 503, retry_after_ms: 20_000 } });
    const second = await call();
    expect(second).toMatchObject({
      message: expect.stringContaining('in 20 s; it is not tried again yet'),
    });
    const { retry_after_ms: left } = (second as { data: { retry_after_ms: number } }).data;
    expect(left).toBeGreaterThan(400);
    expect(left).toBeLessThanOrEqual(20_000);
    expect(fixture.of('initialize')).toHaveLength(1);
  });
});

it('its own pause counts where it is longer than ours, up to a minute', () => {
  let now = 0;
  const tuning = { backoffBaseMs: 500, backoffMaxMs: 30_000 };
  const health = new Health('srv', { tuning, now: () => now, random: () => 1 });
  for (const [wished, pause] of [
    [0, 500],
    [100, 1000],
    [5000, 5000],
    [86_400_000, 60_000],
  ] as const) {
    health.failed('failed', health.mark(), 0, wished);
    now += pause - 1;
    expect(() => health.admit(), `${wished}`).toThrow();
    now += 1;
    health.admit();
  }
});

it('its 503 counts as a failure for the circuit, with or without a time', () => {
  const circuits = new Circuits('srv', { failures: 2, openMs: 1000 });
  for (let i = 0; i < 2; i++) {
    expect(circuits.refusal(undefined)).toBeUndefined();
    circuits.settle(
      undefined,
      circuits.mark,
      failEvent('srv', statusFailure(serverConfig({ target: 'http://x/' }), 503, '7')),
    );
  }
  expect(circuits.refusal(undefined)).toMatchObject({ code: 'circuit_open' });
});

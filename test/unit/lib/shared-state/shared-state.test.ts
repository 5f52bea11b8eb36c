import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readRedis } from '../../../../lib/shared-state/redis-settings.js';
import { tokenDigest, writeRevoked } from '../../../../lib/shared-state/revocations.js';
import { SharedState } from '../../../../lib/shared-state/shared-state.js';
import { SharedStates } from '../../../../lib/shared-state/shared-states.js';
import { bulk, fakeRedis } from '../../../support/fake-redis.js';
import type { FakeRedis } from '../../../support/fake-redis.js';
import { until } from '../../../support/readiness.js';

const beatMs = 200;
const digest = tokenDigest('a token');
const revoked = writeRevoked({ kind: 'token', digest });
const other = writeRevoked({ kind: 'token', digest: tokenDigest('b') });
const listed = () => `*2\r\n${bulk(revoked)}${bulk(String(Date.now() + 100_000))}`;

let redis: FakeRedis;
let shared: SharedState;

function join(timeout = 100, news = new SharedStates()): SharedState {
  const settings = readRedis({
    host: '127.0.0.1',
    port: redis.port,
    database: 0,
    ssl: false,
    ssl_verify: true,
    timeout,
    prefix: 'kong-mcp',
  })!;
  return new SharedState(settings, news, Date.now, beatMs);
}

const untilState = (state: string) =>
  until(() => shared.status.state === state, { what: `Redis is not ${state}`, timeoutMs: 10_000 });

beforeEach(async () => {
  redis = await fakeRedis();
});
afterEach(async () => {
  shared.close();
  await redis[Symbol.asyncDispose]();
});

describe('a Redis that hangs', () => {
  it('is told of as down though its connections stand, and heard of again when it goes on', async () => {
    shared = join();
    await untilState('ready');
    redis.hangs = true;
    await untilState('down');
    expect(shared.status).toMatchObject({ reason: expect.stringContaining('Socket timeout') });
    redis.answers.set('zrevrangebyscore', listed);
    redis.hangs = false;
    await untilState('ready');
    await until(() => shared.revocations.hasToken(digest), { what: 'what was missed is not read' });
    redis.tell(
      `revoked ${Date.now() + 9_000} ${writeRevoked({ kind: 'token', digest: tokenDigest('b') })}`,
    );
    await until(() => shared.revocations.hasToken(tokenDigest('b')), {
      what: 'news are not heard',
    });
  });

  it('is not asked on for ever: what waits for its answers is given up', async () => {
    shared = join(20);
    await untilState('ready');
    redis.hangs = true;
    const asked = () => redis.asked.filter((name) => name === 'exists').length;
    await until(
      async () => {
        await shared.hasEnded('a');
        return shared.status.state === 'down';
      },
      { what: 'it is asked on', timeoutMs: 10_000, everyMs: 0 },
    );
    const before = asked();
    for (let i = 0; i < 50; i++) expect(await shared.hasEnded('b')).toBeUndefined();
    expect(asked() - before).toBeLessThan(5);
  });
});

describe('revocations of before', () => {
  it('are read where Redis did not say them at first', async () => {
    let refusals = 0;
    redis.answers.set('zrevrangebyscore', () => {
      if (refusals++ < 1) return '-BUSY a script is running\r\n';
      return listed();
    });
    shared = join();
    await until(() => shared.revocations.hasToken(digest), {
      what: 'a revoked token is not known, since it was asked for once',
      timeoutMs: 10_000,
    });
    expect(refusals).toBe(2);
  });

  it('are told of once, however often they are read', async () => {
    const news = new SharedStates();
    let told = 0;
    news.revoked.add(() => void (told += 1));
    redis.answers.set('zrevrangebyscore', listed);
    shared = join(100, news);
    const reads = () => redis.asked.filter((name) => name === 'zrevrangebyscore').length;
    await until(() => told === 1, { what: 'nothing is told' });
    redis.dropListeners();
    await until(() => reads() === 2, { what: 'it is not read again' });
    redis.tell(`revoked ${Date.now() + 9_000} ${other}`);
    await until(() => shared.revocations.size === 2, { what: 'news are not heard' });
    expect(told).toBe(2);
  });
});

describe('commands that a standing Redis refuses', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('are logged now and then, with what to do', async () => {
    const lines: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    shared = join();
    await untilState('ready');
    redis.answers.set('set', () => '-NOPERM this user has no permissions\r\n');
    for (let i = 0; i < 5; i++) await expect(shared.once('jti', 'x', 1)).rejects.toThrow('NOPERM');
    const told = lines.filter((line) => line.includes('redis_command_failed'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('redis.username');
    expect(shared.status).toMatchObject({ state: 'ready', without: 5 });
  });
});

describe('what must not come back', () => {
  it('is remembered also for nodes whose clock is behind', async () => {
    const kept: number[] = [];
    redis.answers.set('set', (args) => {
      kept.push(Number(args[args.indexOf('PX') + 1]));
      return '+OK\r\n';
    });
    shared = join();
    await untilState('ready');
    await shared.once('jti', 'x', 60_000);
    const expiresAt = Date.now() + 60_000;
    await shared.endSession({ id: 'a', endpoint: 'e', principal: 'p', expiresAt });
    expect(kept).toHaveLength(2);
    for (const ms of kept) expect(ms).toBeGreaterThan(89_000);
  });
});

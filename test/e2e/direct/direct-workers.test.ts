import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { callInSessions, startDirectEndpoint } from '../../support/rig/direct-endpoint.js';
import type { DirectEndpoint } from '../../support/rig/direct-endpoint.js';
import { exchange, openSession, rpc } from '../../support/rpc.js';
import { answer } from '../../support/upstreams/http-fixture.js';

/** More than one event of each worker. */
const round = 6;

describe('direct calls with several workers, whose events meet each in turn', () => {
  let mcp: DirectEndpoint;
  let operations: string;

  beforeAll(async () => {
    operations = `127.0.0.1:${await freePort()}`;
    mcp = await startDirectEndpoint({
      fixture: { capabilities: '{"tools":{},"logging":{}}' },
      gateway: { pluginWorkers: 2, crossing: true, env: { KONG_MCP_OPERATIONS: operations } },
    });
    mcp.server.on('logging/setLevel', (arrived, response) => answer(arrived, response, '{}'));
  });
  beforeEach(() => callInSessions(mcp.server));
  afterAll(() => mcp?.stop());

  /** Whether each of so many calls is direct, in turn, and the sessions at the server it is in. */
  async function calls(session: string, count = round) {
    const ways: unknown[] = [];
    const there = new Set<unknown>();
    for (let n = 0; n < count; n++) {
      const { headers, message, arrived } = await mcp.call({ session, id: n });
      expect(message).toMatchObject({ id: n, result: { content: [] } });
      for (const one of arrived) there.add(one.headers['mcp-session-id']);
      ways.push((await mcp.logged(headers['x-kong-request-id'])).mcp['direct']);
    }
    return { ways, there };
  }
  const allDirect = Array.from({ length: round }, () => true);
  /** In which calls are direct in both workers. */
  async function settled(session: string): Promise<ReadonlySet<unknown>> {
    let there: ReadonlySet<unknown> = new Set();
    const look = async () => {
      const seen = await calls(session);
      there = seen.there;
      return seen.ways.every((way) => way === true);
    };
    await until(look, { what: 'calls of another worker are not direct' });
    return there;
  }

  it('all are, but the first ones, in one session at the server', async () => {
    const [one, other] = [await openSession(mcp.url), await openSession(mcp.url)];
    const there = await settled(one);
    expect(await settled(other)).not.toEqual(there);
    const { ways, there: later } = await calls(one);
    expect(ways).toEqual(allDirect);
    expect([there.size, later]).toEqual([1, there]);
  });

  it('are counted as long as what they need is lent', async () => {
    const lent = async (): Promise<number> => {
      const { text } = await exchange(`http://${operations}/metrics`, 'GET', {});
      return Number(/^kong_mcp_sessions_lent (\d+)$/m.exec(text)?.[1]);
    };
    const session = await openSession(mcp.url);
    await settled(session);
    await until(async () => (await lent()) > 0, { what: 'nothing is lent' });
    await exchange(mcp.url, 'DELETE', { 'mcp-session-id': session });
    await until(async () => (await lent()) === 0, { what: 'something is lent still' });
  });

  it('none is after its client has ended the session: each worker answers 404', async () => {
    const session = await openSession(mcp.url);
    const [there] = await settled(session);
    const before = mcp.server.of('tools/call').length;
    expect((await exchange(mcp.url, 'DELETE', { 'mcp-session-id': session })).status).toBe(204);
    for (let n = 0; n < round; n++) {
      expect((await rpc(mcp.url, 'tools/call', { session, params: { name: 's__x' } })).status).toBe(
        404,
      );
    }
    expect(mcp.server.of('tools/call')).toHaveLength(before);
    await until(() => !mcp.server.sessions.has(String(there)), { what: 'it lives at the server' });
  });

  it('fails one that the server does not know any more, and goes on in a new session', async () => {
    const session = await openSession(mcp.url);
    const [there] = await settled(session);
    mcp.server.sessions.delete(String(there));
    const lost = await mcp.call({ session });
    expect(lost.message?.error?.message).toMatch(/no longer knows the session.*call again/);
    // The usual way finds out, and calls again by itself.
    const again = await calls(session, 1);
    expect(again.ways).toEqual([undefined]);
    const { there: anew } = await calls(session);
    expect([anew.size, anew.has(there)]).toEqual([1, false]);
    expect(await settled(session)).toEqual(anew);
  });

  it('has the next go the usual way once the session has set a log level', async () => {
    const session = await openSession(mcp.url);
    await settled(session);
    const told = mcp.server.of('logging/setLevel').length;
    const levels = ['error', 'debug', 'warning', 'info'];
    for (const [n, level] of levels.entries()) {
      // The worker that it meets, and the one that the next call does, are others each time.
      if (n > 1) await rpc(mcp.url, 'ping', { session });
      const set = await rpc(mcp.url, 'logging/setLevel', { session, params: { level } });
      expect(set.status).toBe(200);
      const { ways } = await calls(session);
      expect(ways[0]).toBeUndefined();
      await settled(session);
    }
    const heard = mcp.server.of('logging/setLevel').slice(told);
    expect(heard.map(({ params }) => params.level)).toEqual(levels);
  });
});

describe('an ended session', () => {
  it('is called in by no worker once that is answered, though none has heard it of another', async () => {
    // Several nginx workers would open connections, which the primary takes.
    const gateway = { pluginWorkers: 2, crossing: false, workers: 1 };
    const mcp = await startDirectEndpoint({ gateway });
    const { pid } = mcp.gateway.pluginServer;
    try {
      // Side by side, so that both workers get some.
      const sessions = await Promise.all([1, 2, 3, 4].map(() => openSession(mcp.url)));
      const params = { name: 's__x' };
      const atOnce = (session: string) =>
        Promise.all(
          Array.from({ length: 8 }, (_, id) => rpc(mcp.url, 'tools/call', { session, params, id })),
        );
      const direct = async (session: string) => {
        const ids = (await atOnce(session)).map(({ headers }) => headers['x-kong-request-id']);
        const ways = await Promise.all(ids.map((id) => mcp.logged(id)));
        return ways.every(({ mcp: said }) => said['direct'] === true);
      };
      for (const session of sessions) {
        await until(() => direct(session), { what: 'its calls are not direct' });
      }
      // What workers tell all others goes by way of it.
      process.kill(pid, 'SIGSTOP');
      for (const session of sessions) {
        const before = mcp.server.of('tools/call').length;
        expect((await exchange(mcp.url, 'DELETE', { 'mcp-session-id': session })).status).toBe(204);
        const statuses = (await atOnce(session)).map(({ status }) => status);
        expect(new Set(statuses)).toEqual(new Set([404]));
        expect(mcp.server.of('tools/call')).toHaveLength(before);
      }
    } finally {
      process.kill(pid, 'SIGCONT');
      await mcp.stop();
    }
  });
});

describe('a worker that dies', () => {
  it('has lent nothing: its sessions go on with the other, and with whoever takes its place', async () => {
    const mcp = await startDirectEndpoint({ gateway: { pluginWorkers: 2, crossing: true } });
    try {
      const sessions = await Promise.all([1, 2, 3, 4].map(() => openSession(mcp.url)));
      const wayOf = async (session: string) => {
        const { status, headers, message } = await mcp.call({ session });
        if (status !== 200) return status;
        expect(message?.result).toEqual({ content: [] });
        return (await mcp.logged(headers['x-kong-request-id'])).mcp['direct'];
      };
      const direct = async (session: string) => {
        for (let n = 0; n < round; n++) if ((await wayOf(session)) !== true) return false;
        return true;
      };
      const settled = async () => {
        for (const session of sessions) {
          await until(() => direct(session), { what: 'its calls are not direct' });
        }
      };
      await settled();
      const started = () => mcp.gateway.pluginServer.stderr.split('aggregator_listening').length;
      const before = started();
      process.kill(mcp.gateway.pluginServer.workerPids[0]!, 'SIGKILL');
      for (const session of sessions) {
        await until(async () => typeof (await wayOf(session)) !== 'number', { what: 'no answer' });
      }
      await until(() => started() > before, { what: 'the worker is not replaced' });
      await settled();
    } finally {
      await mcp.stop();
    }
  });
});

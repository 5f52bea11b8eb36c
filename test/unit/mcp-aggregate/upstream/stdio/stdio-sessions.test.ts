import { afterEach, describe, expect, it } from 'vitest';
import type { Ask } from '../../../../../plugins/mcp-aggregate/core/calls/call.js';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { until } from '../../../../support/readiness.js';
import { gone, isAlive, stdioFixture } from '../../../../support/upstreams/stdio-fixture.js';
import type { StdioFixture } from '../../../../support/upstreams/stdio-fixture.js';
import { collect, stdioUpstream, testCall } from '../../../../support/upstreams/under-test.js';
import type {
  SeenEvent,
  TestCall,
  UpstreamUnderTest,
} from '../../../../support/upstreams/under-test.js';

let fixture: StdioFixture;
let upstream: Upstream;

function setUp(over: UpstreamUnderTest = {}, env: Record<string, string> = {}) {
  fixture = stdioFixture(env);
  upstream = stdioUpstream(fixture, { stdioScope: 'session', trusted: true, ...over });
}

afterEach(async () => {
  await upstream.close();
  fixture.remove();
});

const capabilities = { roots: {}, sampling: {}, elicitation: { form: {} } };
const alice: TestCall = { conversation: 'a', subject: 'alice', capabilities };
const bob: TestCall = { conversation: 'b', subject: 'bob', capabilities };

/** All events of a call of a tool; questions are answered by `answerer`. */
const run = (
  who: TestCall,
  name: string,
  input: object = {},
  answerer: (ask: Ask) => void = () => expect.unreachable(),
) => collect(upstream.call(testCall({ name, arguments: input }, who)), answerer);

const textOf = (events: SeenEvent[]) => {
  const last = events.at(-1) as { done?: string };
  if (last.done === undefined) throw new Error(JSON.stringify(events));
  return JSON.parse(last.done).content[0].text as string;
};
const pidOf = async (options: TestCall) => Number(textOf(await run(options, 'pid')));
const lists = () => upstream.list('tool', new AbortController().signal);
const told = () =>
  fixture
    .journal()
    .filter((line) => line.includes('"initialize"'))
    .map((line) => JSON.parse(line).params.capabilities as object);
const log = '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}';
const result = (text: string) => ({ result: Buffer.from(text) });

describe('a child per session', () => {
  it('is started by the call that needs it and serves the calls of that session alone', async () => {
    setUp();
    const [first, again, other] = [await pidOf(alice), await pidOf(alice), await pidOf(bob)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect(fixture.journal().filter((line) => line.startsWith('start'))).toHaveLength(2);
  });

  it('is told what its client can be asked, where the server is trusted', async () => {
    setUp();
    await pidOf(alice);
    await pidOf({ ...bob, capabilities: { roots: {} } });
    expect(told()).toEqual([capabilities, { roots: {} }]);
  });

  it('is told nothing of its client where it is not', async () => {
    setUp({ trusted: false });
    const asked = await run(alice, 'ask', { method: 'roots/list' });
    expect(textOf(asked)).toContain('-32601');
    expect(told()).toEqual([{}]);
  });

  it('asks the client whose call it works on, and nobody else', async () => {
    setUp();
    const both = [alice, bob].map(async (who) => {
      const answer = result(`{"roots":[],"of":"${who.conversation}", "n":9007199254740993}`);
      return textOf(await run(who, 'ask', { method: 'roots/list' }, (ask) => ask.answer(answer)));
    });
    const texts = await Promise.all(both);
    expect(texts).toEqual([
      expect.stringContaining('"id":"q-1","result":{"roots":[],"of":"a", "n":9007199254740993}'),
      expect.stringContaining('"of":"b"'),
    ]);
  });

  it('sends its log messages with the calls of its session', async () => {
    setUp();
    const lines = [log, '{"jsonrpc":"2.0","id":$ID,"result":{}}'];
    const waiting = run(bob, 'ask', { method: 'roots/list' }, (ask) => late.push(ask));
    const late: Ask[] = [];
    await until(() => Promise.resolve(late.length === 1), { what: 'bob was never asked' });
    expect(await run(alice, 'raw', { lines })).toEqual([
      { note: 'notifications/message', params: '{"level":"info","data":1}' },
      { done: '{}' },
    ]);
    late[0]!.answer(result('{}'));
    expect((await waiting).map((event) => Object.keys(event)[0])).toEqual(['ask', 'done']);
  });

  it('tells of changed lists between calls; what it asks there is refused at once', async () => {
    setUp();
    const changed: string[] = [];
    upstream.onListChanged((method) => changed.push(method));
    const lines = [
      '{"jsonrpc":"2.0","id":$ID,"result":{"content":[]}}',
      '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}',
      '{"jsonrpc":"2.0","id":"between","method":"roots/list"}',
    ];
    await run(alice, 'raw', { lines });
    expect(JSON.parse(await fixture.seen(/"between"/))).toMatchObject({ error: { code: -32601 } });
    await until(() => changed.length > 0, { what: 'the change was not told' });
    expect(changed).toHaveLength(1);
  });

  it('is told the log level of its session, once', async () => {
    setUp({}, { CAPABILITIES: '{"tools":{},"logging":{}}' });
    const wants = { ...alice, logLevel: 'error' };
    await pidOf(wants);
    await pidOf(wants);
    await pidOf(bob);
    const levels = fixture.journal().filter((line) => line.includes('setLevel'));
    expect(levels).toEqual([expect.stringContaining('"params":{"level":"error"}')]);
  });

  it('ends with its session, and no other does', async () => {
    setUp();
    const [own, other] = [await pidOf(alice), await pidOf(bob)];
    upstream.endConversation('a');
    await gone(own);
    expect(isAlive(other)).toBe(true);
    expect(await pidOf(alice)).not.toBe(own);
  });

  it('ends while it is being started', async () => {
    setUp({}, { MODE: 'silent' });
    const call = run(alice, 'pid');
    await fixture.seen(/initialize/);
    upstream.endConversation('a');
    expect(await call).toMatchObject([{ fail: 'upstream_unavailable' }]);
    await gone(Number(fixture.journal()[0]!.slice(6)));
  });

  it('ends when it has not been used for a while, not while it works', async () => {
    setUp({ tuning: { sessionIdleMs: 150 } });
    const asks: Ask[] = [];
    const working = run(bob, 'ask', { method: 'roots/list' }, (ask) => asks.push(ask));
    await until(() => Promise.resolve(asks.length === 1), { what: 'bob was never asked' });
    await gone(await pidOf(alice));
    asks[0]!.answer(result('{}'));
    expect(textOf(await working)).toContain('"result":{}');
  });

  it('ends with the gateway, every one', async () => {
    setUp();
    const pids = await Promise.all([pidOf(alice), pidOf(bob), pidOf({}), lists()]);
    await upstream.close();
    expect(pids.filter((pid) => typeof pid === 'number' && isAlive(pid))).toEqual([]);
    expect(pids).toHaveLength(4);
  });

  it('that dies again and again waits for itself alone', async () => {
    setUp({ tuning: { backoffBaseMs: 60_000, backoffMaxMs: 60_000 } });
    await pidOf(bob);
    await run(alice, 'die');
    await run(alice, 'die');
    expect(await run(alice, 'pid')).toMatchObject([
      { fail: 'upstream_unavailable', data: { retry_after_ms: expect.any(Number) } },
    ]);
    expect(await pidOf(bob)).toBeGreaterThan(0);
    expect(await pidOf({ ...alice, conversation: 'a2' })).toBeGreaterThan(0);
    expect(upstream.status().state).toBe('idle');
  });
});

describe('children for sessions are bounded', () => {
  const session = (who: string, name: string): TestCall => ({
    ...alice,
    subject: who,
    conversation: name,
  });

  it('over the bound a session is told so', async () => {
    setUp({ stdioMaxChildren: 2 });
    await pidOf(session('a', '1'));
    await pidOf(session('b', '2'));
    expect(await run(session('c', '3'), 'pid')).toMatchObject([
      { fail: 'overloaded', data: { server: 'srv', limit: 2 } },
    ]);
    upstream.endConversation('1');
    await until(async () => 'done' in (await run(session('c', '3'), 'pid'))[0]!, {
      what: 'the place of an ended session is not given on',
    });
  });

  it('a caller has a quarter of them; its own child unused for longest makes room', async () => {
    setUp({ stdioMaxChildren: 8 });
    const first = await pidOf(session('a', '1'));
    const second = await pidOf(session('a', '2'));
    expect(await pidOf(session('a', '1'))).toBe(first);
    const others = await pidOf(session('b', '3'));
    await pidOf(session('a', '4'));
    expect([first, second, others].map(isAlive)).toEqual([true, false, true]);
  });

  it('but not one that works', async () => {
    setUp({ stdioMaxChildren: 4 });
    const asks: Ask[] = [];
    const working = run(session('a', '1'), 'ask', { method: 'roots/list' }, (ask) =>
      asks.push(ask),
    );
    await until(() => Promise.resolve(asks.length === 1), { what: 'nothing was asked' });
    expect(await run(session('a', '2'), 'pid')).toMatchObject([{ fail: 'overloaded' }]);
    asks[0]!.answer(result('{}'));
    expect(textOf(await working)).toContain('"result":{}');
  });
});

describe('calls without a session', () => {
  it('share one child, which can never ask', async () => {
    setUp();
    const pids = [await pidOf({ context: 'x' }), await pidOf({ context: 'y', capabilities })];
    expect(new Set(pids).size).toBe(1);
    expect(told()).toEqual([{}]);
    const asked = await run({ capabilities }, 'ask', { method: 'roots/list' });
    expect(textOf(asked)).toContain('-32601');
  });

  it('are apart from lists, which show what clients that can be asked would see', async () => {
    setUp();
    await lists();
    await pidOf({});
    await lists();
    expect(told()).toEqual([expect.objectContaining({ sampling: expect.anything() }), {}]);
  });

  it('share it with lists where the server is not trusted', async () => {
    setUp({ trusted: false });
    await lists();
    await pidOf({});
    expect(told()).toEqual([{}]);
  });
});

describe('a shared child', () => {
  it('that asks and logs reaches nobody, trusted or not', async () => {
    setUp({ stdioScope: 'shared' });
    const lines = [log, '{"jsonrpc":"2.0","id":$ID,"result":{}}'];
    const asking = ['roots/list', 'sampling/createMessage', 'elicitation/create'].map((method) =>
      run(alice, 'ask', { method, params: { message: 'x', messages: [] } }),
    );
    const logging = [alice, bob, {}].map((who) => run(who, 'raw', { lines }));
    for (const events of await Promise.all(asking)) {
      expect(events).toHaveLength(1);
      expect(textOf(events)).toContain('"error":{"code":-32601');
    }
    expect(await Promise.all(logging)).toEqual([1, 2, 3].map(() => [{ done: '{}' }]));
    expect(told()).toEqual([{}]);
  });
});

describe('a process that left its group', () => {
  it('does not keep the calls of its parent waiting', async () => {
    setUp();
    const escaped = Number(textOf(await run(alice, 'escaped')));
    try {
      expect(await run(alice, 'die')).toMatchObject([{ fail: 'upstream_unavailable' }]);
    } finally {
      process.kill(escaped, 'SIGKILL');
    }
  });
});

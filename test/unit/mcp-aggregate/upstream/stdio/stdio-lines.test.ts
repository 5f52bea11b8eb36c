import { afterEach, describe, expect, it } from 'vitest';
import type { Ask } from '../../../../../plugins/mcp-aggregate/core/calls/call.js';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { until } from '../../../../support/readiness.js';
import { gone, stdioFixture } from '../../../../support/upstreams/stdio-fixture.js';
import type { StdioFixture } from '../../../../support/upstreams/stdio-fixture.js';
import {
  collect,
  only,
  stdioUpstream,
  testCall,
} from '../../../../support/upstreams/under-test.js';
import type { TestCall, UpstreamUnderTest } from '../../../../support/upstreams/under-test.js';

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

/** All events of a call of a tool; questions are answered by `answerer`. */
const run = (
  who: TestCall,
  name: string,
  input: object = {},
  answerer: (ask: Ask) => void = () => expect.unreachable(),
) => collect(upstream.call(testCall({ name, arguments: input }, who)), answerer);

const result = (text: string) => ({ result: Buffer.from(text) });

const done = '{"jsonrpc":"2.0","id":$ID,"result":{}}';

const asking = (id: number) => `{"jsonrpc":"2.0","id":${id},"method":"roots/list"}`;

describe('a question of a child', () => {
  const replies = () => fixture.journal().filter((line) => line.includes('"roots":['));

  it('may be about another call: its answer is taken when the call has its result', async () => {
    setUp();
    const asks: Ask[] = [];
    await run(alice, 'raw', { lines: [asking(7), done] }, (ask) => asks.push(ask));
    expect(asks[0]?.outlivesCall).toBe(true);
    asks[0]!.answer(result('{"roots":[]}'));
    await fixture.seen(/"roots":\[/);
    expect(replies()).toEqual(['{"jsonrpc":"2.0","id":7,"result":{"roots":[]}}']);
  });

  it('is withdrawn with its session', async () => {
    setUp();
    const asks: Ask[] = [];
    await run(alice, 'raw', { lines: [asking(7), done] }, (ask) => asks.push(ask));
    upstream.endConversation('a');
    await until(() => asks[0]!.withdrawn.aborted, { what: 'the question is still open' });
  });

  it('is one of sixteen at most, over all calls of the session', async () => {
    setUp();
    const asks: Ask[] = [];
    const lines = Array.from({ length: 12 }, (_, index) => asking(index + 1));
    const more = Array.from({ length: 12 }, (_, index) => asking(index + 101));
    await run(alice, 'raw', { lines: [...lines, done] }, (ask) => asks.push(ask));
    await run(alice, 'raw', { lines: [...more, done] }, (ask) => asks.push(ask));
    expect(asks).toHaveLength(16);
  });
});

describe('what a client says to a child', () => {
  it('is its progress on a question, byte for byte, while that is open', async () => {
    setUp();
    const asks: Ask[] = [];
    await run(alice, 'raw', { lines: [asking(7), done] }, (ask) => asks.push(ask));
    asks[0]!.progress?.(Buffer.from('{"progressToken":"t","progress":1.0}'));
    asks[0]!.answer(result('{}'));
    asks[0]!.progress?.(Buffer.from('{"progressToken":"t","progress":2.0}'));
    await run(alice, 'raw', { lines: [done] });
    expect(fixture.journal().filter((line) => line.includes('/progress'))).toEqual([
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"t","progress":1.0}}',
    ]);
  });

  it('is that its roots have changed, where the child was told that there are any', async () => {
    setUp();
    const without = { ...alice, conversation: 'b', capabilities: { sampling: {} } };
    for (const who of [alice, without]) await run(who, 'raw', { lines: [done] });
    for (const conversation of ['a', 'b', 'c']) upstream.rootsChanged(conversation);
    for (const who of [alice, without]) await run(who, 'raw', { lines: [done] });
    expect(fixture.journal().filter((line) => line.includes('roots/list_changed'))).toHaveLength(1);
  });
});

describe('subscriptions at a child', () => {
  const resources = '{"tools":{},"resources":{"subscribe":true}}';
  const subscribe = (who: TestCall, method = 'resources/subscribe') =>
    only(upstream.call(testCall({ uri: 'test://a' }, { ...who, method })));
  const pids = () =>
    fixture
      .journal()
      .filter((line) => line.startsWith('start'))
      .map((line) => Number(line.slice(6)));
  const updated =
    '{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"test://a"}}';

  it('are kept on it, although nobody calls, and taken up by the next when it has died', async () => {
    setUp({ tuning: { sessionIdleMs: 100, reopenBaseMs: 10 } }, { CAPABILITIES: resources });
    const said: unknown[] = [];
    upstream.onSaid((conversation, note) => said.push([conversation, note.method]));
    expect(await subscribe(alice)).toEqual({ done: '{}' });
    await run(alice, 'raw', { lines: [updated, done] });
    expect(said).toEqual([['a', 'notifications/resources/updated']]);
    const bystander = { ...alice, conversation: 'b' };
    await run(bystander, 'raw', { lines: [done] });
    await gone(pids()[1]!);
    await run(alice, 'die');
    await until(
      () => fixture.journal().filter((line) => line.includes('resources/subscribe')).length === 2,
      { what: 'the subscription is not restored' },
    );
    expect(pids()).toHaveLength(3);
    await subscribe(alice, 'resources/unsubscribe');
    await gone(pids()[2]!);
  });

  it('are not offered by a shared one', async () => {
    setUp({ stdioScope: 'shared' }, { CAPABILITIES: resources });
    const { offered } = await upstream.list('tool', new AbortController().signal);
    expect([...offered]).toEqual(['tools', 'resources']);
    expect(await subscribe(alice)).toMatchObject({ fail: 'method_not_found' });
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../../../support/readiness.js';
import { gone, isAlive, stdioFixture } from '../../../../support/upstreams/stdio-fixture.js';
import type { StdioFixture } from '../../../../support/upstreams/stdio-fixture.js';
import { stdioWorkers } from '../../../../support/upstreams/server-workers.js';
import type { ServerWorkers } from '../../../../support/upstreams/server-workers.js';
import { collect, only, testCall } from '../../../../support/upstreams/under-test.js';
import type { TestCall, UpstreamUnderTest } from '../../../../support/upstreams/under-test.js';

let fixture: StdioFixture;
let workers: ServerWorkers;

function setUp(count = 3, env: Record<string, string> = {}, over: UpstreamUnderTest = {}) {
  fixture = stdioFixture(env);
  workers = stdioWorkers(fixture, over, count);
}

afterEach(async () => {
  await workers.close();
  fixture.remove();
});

const call = (slot: number, params: unknown, options?: TestCall) =>
  workers.upstream(slot).call(testCall(params, options));
const tool = (name: string, more: object = {}) => ({ name, arguments: more });
const text = (value: string) => ({
  done: `{"content":[{"type":"text","text":${JSON.stringify(value)}}]}`,
});
const starts = () => fixture.journal().filter((line) => line.startsWith('start'));
const slots = () => workers.node.workers.map(({ slot }) => slot);
const others = () => workers.others;

describe('a child of all workers', () => {
  it('is one process, introduced once, whichever worker is asked first', async () => {
    setUp();
    const [first] = others();
    expect(await only(call(first!, tool('echo', { text: 'first' })))).toEqual(text('first'));
    const calls = slots().flatMap((slot) =>
      [1, 2, 3].map((n) => {
        const said = `worker ${slot} call ${n}`;
        return only(call(slot, tool('echo', { text: said }))).then((seen) => [seen, text(said)]);
      }),
    );
    for (const [seen, wanted] of await Promise.all(calls)) expect(seen).toEqual(wanted);
    expect(starts()).toHaveLength(1);
    expect(fixture.journal().filter((line) => line.includes('"initialize"'))).toHaveLength(1);
    const { said, state } = workers.upstream(first!).status();
    expect([said?.name, state]).toEqual(['fixture', 'ready']);
  });

  it('is asked under ids of its own, so that no worker takes the answer of another', async () => {
    setUp();
    const pids = await Promise.all(slots().map((slot) => only(call(slot, tool('pid')))));
    expect(new Set(pids.map((seen) => JSON.stringify(seen))).size).toBe(1);
    const sent = fixture.journal().filter((line) => line.includes('tools/call'));
    const ids = sent.map((line) => (JSON.parse(line) as { readonly id: number }).id);
    expect(new Set(ids).size).toBe(sent.length);
  });

  it('keeps the bytes of answers and errors, however large', async () => {
    setUp(2, {}, { maxResponseBytes: 8_388_608 });
    const [other] = others();
    expect(await only(call(other!, { name: 'nothing' }))).toEqual({
      answered: '{"code":-32602,"message":"unknown","data":{"big":9007199254740993}}',
    });
    const bytes = 3_000_000;
    const seen = await only(call(other!, tool('large', { bytes, idFirst: true })));
    expect(seen).toEqual({ done: `{"content":[],"filler":"${'x'.repeat(bytes)}"}` });
  });

  it('shows its progress to the caller alone, under the token of the caller', async () => {
    setUp();
    const [a, b] = others();
    const progress = '{"jsonrpc":"2.0","method":"notifications/progress","params":';
    const lines = [
      `${progress}{"progressToken":$TOKEN,"progress":1}}`,
      '{"jsonrpc":"2.0","id":$ID,"result":{}}',
    ];
    const asked = (token: string) => ({
      name: 'raw',
      arguments: { lines },
      _meta: { progressToken: token },
    });
    const both = [collect(call(a!, asked('of-a'))), collect(call(b!, asked('of-b')))];
    const seen = await Promise.all(both);
    const shown = (token: string) => [
      { note: 'notifications/progress', params: `{"progressToken":"${token}","progress":1}` },
      { done: '{}' },
    ];
    expect(seen).toEqual([shown('of-a'), shown('of-b')]);
  });

  it('is told that a call is cancelled, or that its worker has gone', async () => {
    setUp();
    const [a, b] = others();
    const controller = new AbortController();
    const cancelled = collect(call(a!, tool('hang', { who: 'a' }), { signal: controller.signal }));
    const lost = collect(call(b!, tool('hang', { who: 'b' })));
    const sent = async (who: string) => {
      const line = await fixture.seen(new RegExp(`"hang".*"who":"${who}"`));
      return (JSON.parse(line) as { readonly id: number }).id;
    };
    const [ofA, ofB] = [await sent('a'), await sent('b')];
    controller.abort();
    await fixture.seen(new RegExp(`notifications/cancelled.*"requestId":${ofA},`));
    expect(await cancelled).toMatchObject([{ fail: 'cancelled' }]);
    await workers.kill(b!);
    await fixture.seen(new RegExp(`notifications/cancelled.*"requestId":${ofB},`));
    expect(await lost).toMatchObject([{ fail: 'upstream_unavailable' }]);
  });

  it('tells every worker of changed lists', async () => {
    setUp();
    const heard: number[] = [];
    for (const slot of slots()) {
      workers.upstream(slot).onListChanged(() => heard.push(slot));
      await only(call(slot, tool('pid')));
    }
    const lines = [
      '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}',
      '{"jsonrpc":"2.0","id":$ID,"result":{}}',
    ];
    await only(call(others()[0]!, { name: 'raw', arguments: { lines } }));
    await until(() => heard.length >= 3, { what: 'not all have heard of it' });
    expect(heard.sort()).toEqual([0, 1, 2]);
  });
});

describe('a shared child that ends', () => {
  it('fails the calls of all workers, and is started again once for all', async () => {
    setUp();
    const hanging = slots().map((slot) => collect(call(slot, tool('hang', { slot }))));
    for (const slot of slots()) await fixture.seen(new RegExp(`"hang".*"slot":${slot}`));
    await only(call(others()[0]!, tool('die')));
    for (const seen of await Promise.all(hanging)) {
      expect(seen).toMatchObject([{ fail: 'upstream_unavailable' }]);
      expect(JSON.stringify(seen)).toContain('exit code 7');
    }
    const again = await Promise.all(slots().map((slot) => only(call(slot, tool('pid')))));
    expect(again.every((seen) => 'done' in seen)).toBe(true);
    expect(starts()).toHaveLength(2);
  });

  it('is left alone by all of them while it does not start', async () => {
    setUp(2, { MODE: 'exit' });
    const [other] = others();
    const first = await only(call(other!, tool('pid')));
    expect(first).toMatchObject({ fail: 'upstream_unavailable' });
    const count = starts().length;
    for (let i = 0; i < 5; i++) await only(call(other!, tool('pid')));
    expect(starts().length).toBe(count);
    const { state, lastError, retryInMs } = workers.upstream(other!).status();
    expect([state, lastError]).toEqual(['failing', 'ended with exit code 3']);
    expect(retryInMs).toBeGreaterThan(0);
  });
});

describe('the worker that runs a shared child', () => {
  it('takes the child with it when it dies; the next one in its place starts another', async () => {
    setUp();
    const [other] = others();
    const hanging = collect(call(other!, tool('hang')));
    const pid = Number((await fixture.seen(/^start/)).split(' ')[1]);
    await fixture.seen(/"hang"/);
    await workers.kill(workers.owner);
    expect(await hanging).toMatchObject([{ fail: 'upstream_unavailable' }]);
    await gone(pid);
    expect(await only(call(other!, tool('pid')))).toMatchObject({ fail: 'upstream_unavailable' });
    workers.restart(workers.owner);
    const back = await until(
      async () => {
        const seen = await only(call(other!, tool('echo', { text: 'back' })));
        return 'done' in seen && seen;
      },
      { what: 'the child did not come back' },
    );
    expect(back).toEqual(text('back'));
    expect(starts()).toHaveLength(2);
  });

  it('keeps it for others where it does not need it itself, and no longer than they do', async () => {
    setUp(2);
    const [other] = others();
    const upstream = workers.upstream(other!);
    const seen = await only(upstream.call(testCall(tool('pid'))));
    const pid = Number(/"text":"(\d+)"/.exec((seen as { readonly done: string }).done)?.[1]);
    expect(isAlive(pid)).toBe(true);
    await upstream.close();
    await gone(pid);
  });
});

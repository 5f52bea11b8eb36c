import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { ListedItems } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { until } from '../../../../support/readiness.js';
import {
  answer,
  event,
  eventStream,
  startHttpFixture,
} from '../../../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../../../support/upstreams/http-fixture.js';
import { urlWorkers } from '../../../../support/upstreams/server-workers.js';
import type { ServerWorkers } from '../../../../support/upstreams/server-workers.js';
import { only, testCall } from '../../../../support/upstreams/under-test.js';

let fixture: HttpFixture;
let workers: ServerWorkers;
let tools: readonly object[] = [];
const streams = new Set<ServerResponse>();

async function setUp(count = 4) {
  streams.clear();
  tools = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];
  fixture = await startHttpFixture({ capabilities: '{"tools":{"listChanged":true}}' });
  fixture.on('tools/list', (arrived, response) => {
    const from = Number(arrived.params?.cursor ?? 0);
    const page = tools.slice(from, from + 2);
    const next = from + 2 < tools.length ? { nextCursor: String(from + 2) } : {};
    answer(arrived, response, JSON.stringify({ tools: page, ...next }));
  });
  fixture.on('GET', (_arrived, response) => {
    streams.add(response);
    eventStream(response);
  });
  workers = urlWorkers(fixture.url, { maxResponseBytes: 16_777_216 }, count);
}

afterEach(async () => {
  await workers.close();
  await fixture.close();
});

const slots = () => workers.node.workers.map(({ slot }) => slot);
const list = (slot: number): Promise<ListedItems> =>
  workers.upstream(slot).list('tool', new AbortController().signal);
const names = ({ items }: ListedItems) =>
  items.map((item) => (JSON.parse(item.toString()) as { readonly name: string }).name);
const pages = () => fixture.of('tools/list').length;

describe('a list that all callers share', () => {
  it('is fetched once for all workers, page by page, and heard of by one', async () => {
    await setUp();
    const all = await Promise.all(slots().map(list));
    for (const listed of all) {
      expect(names(listed)).toEqual(['a', 'b', 'c']);
      expect([...listed.offered]).toContain('tools');
      listed.release?.();
    }
    expect(pages()).toBe(2);
    for (const slot of slots()) names(await list(slot));
    expect(pages()).toBe(2);
    await fixture.until('GET');
    expect(fixture.of('GET')).toHaveLength(1);
    expect(fixture.of('initialize')).toHaveLength(1);
  });

  it('is as old for all as it is', async () => {
    await setUp();
    await list(workers.owner);
    await until(async () => ((await list(workers.others[0]!)).ageMs ?? 0) >= 100, {
      what: 'it does not age',
    });
    expect(pages()).toBe(2);
  });

  it('is fetched anew once for all when the server says that it has changed', async () => {
    await setUp();
    await Promise.all(slots().map(list));
    const heard: number[] = [];
    for (const slot of slots()) workers.upstream(slot).onListChanged(() => heard.push(slot));
    await fixture.until('GET');
    tools = [{ name: 'new' }];
    for (const stream of streams) {
      stream.write(event('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'));
    }
    await until(() => heard.length >= slots().length, { what: 'not all have heard' });
    expect(heard.sort()).toEqual(slots());
    for (const listed of await Promise.all(slots().map(list))) {
      expect(names(listed)).toEqual(['new']);
    }
    expect(pages()).toBe(3);
  });

  it('is not passed on as often as a server says that it has changed, without end', async () => {
    await setUp();
    await Promise.all(slots().map(list));
    let told = 0;
    workers.node.workers[workers.others[0]!]!.onTold('list_changed', () => told++);
    let heard = 0;
    workers.upstream(workers.owner).onListChanged(() => heard++);
    await fixture.until('GET');
    const changed = event('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}');
    for (const stream of streams) stream.write(changed.repeat(2_000));
    await until(() => heard >= 2_000, { what: 'it does not hear' });
    await until(() => told >= 2, { what: 'the last of them is not passed on' });
    expect(told).toBeLessThan(100);
  });

  it('is fetched anew where another worker hears of the change', async () => {
    await setUp();
    await Promise.all(slots().map(list));
    const heard: number[] = [];
    for (const slot of slots()) workers.upstream(slot).onListChanged(() => heard.push(slot));
    const [other] = workers.others;
    fixture.on('tools/call', (arrived, response) => {
      eventStream(response);
      response.write(event('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'));
      response.end(event(`{"jsonrpc":"2.0","id":${arrived.id},"result":{"content":[]}}`));
    });
    tools = [{ name: 'new' }];
    await only(workers.upstream(other!).call(testCall({ name: 'a' })));
    await until(() => heard.length >= slots().length, { what: 'not all have heard' });
    expect(heard.sort()).toEqual(slots());
    expect(names(await list(other!))).toEqual(['new']);
    expect(names(await list(workers.owner))).toEqual(['new']);
    expect(pages()).toBe(3);
  });

  it('keeps the bytes of its items, however many', async () => {
    await setUp(2);
    const filler = 'é'.repeat(1_000);
    tools = Array.from({ length: 2 }, (_, n) => ({ name: `t${n}`, filler: filler.repeat(900) }));
    const [own, others] = [await list(workers.owner), await list(workers.others[0]!)];
    const bytes = ({ items }: ListedItems) => Buffer.concat(items);
    expect(bytes(others).equals(bytes(own))).toBe(true);
    expect(bytes(own).length).toBeGreaterThan(3_000_000);
    expect(pages()).toBe(1);
  });

  it('that cannot be fetched fails for all with what the server did', async () => {
    await setUp();
    fixture.on('tools/list', (arrived, response) => answer(arrived, response, '{"tools":7}'));
    for (const outcome of await Promise.allSettled(slots().map(list))) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'upstream_protocol' },
      });
    }
    expect(pages()).toBe(1);
  });
});

describe('a worker that fetches lists for others', () => {
  it('is done without while it is down, and asked again when it is back', async () => {
    await setUp(2);
    const [other] = workers.others;
    await list(other!);
    await workers.kill(workers.owner);
    expect(names(await list(other!))).toEqual(['a', 'b', 'c']);
    expect(pages()).toBe(4);
    workers.restart(workers.owner);
    expect(names(await list(other!))).toEqual(['a', 'b', 'c']);
    expect(pages()).toBe(6);
    await list(workers.owner);
    expect(pages()).toBe(6);
  });

  it('is waited for while it starts', async () => {
    await setUp(2);
    await workers.kill(workers.owner);
    const listed = list(workers.others[0]!);
    workers.restart(workers.owner);
    workers.node.workers[workers.owner]!.announce(1234);
    expect(names(await listed)).toEqual(['a', 'b', 'c']);
    await list(workers.owner);
    expect(pages()).toBe(2);
  });

  it('keeps the server, and its ear, for as long as another worker needs it', async () => {
    await setUp(2);
    const upstream = workers.upstream(workers.others[0]!);
    await upstream.list('tool', new AbortController().signal);
    await fixture.until('GET');
    expect(fixture.sessions.size).toBe(1);
    await upstream.close();
    await until(() => fixture.sessions.size === 0, { what: 'the server is kept' });
  });
});

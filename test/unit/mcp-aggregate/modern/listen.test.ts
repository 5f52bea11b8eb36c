import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Call, CallEvent } from '../../../../plugins/mcp-aggregate/core/calls/call.js';
import { FakeUpstream, done, events, tool } from '../../../support/aggregate/fake-upstream.js';
import { kongConfig, startHarness } from '../../../support/aggregate/harness.js';
import type { Harness, KongConfig, Sent } from '../../../support/aggregate/harness.js';
import { askModern, modernRequest } from '../../../support/aggregate/modern.js';
import { openSse } from '../../../support/aggregate/sse-stream.js';
import type { SseStream } from '../../../support/aggregate/sse-stream.js';

const live = new FakeUpstream('live', [tool('t')]);
const other = new FakeUpstream('other', [tool('u')]);
live.more = { resource: [{ uri: 'a://1', name: 'one' }] };
live.capabilities = ['resources.subscribe'];
const toolsChanged = 'notifications/tools/list_changed';
const updated = 'notifications/resources/updated';
const idKey = 'io.modelcontextprotocol/subscriptionId';
let harness: Harness;
let uri: string;

beforeAll(async () => {
  harness = await startHarness([live, other]);
  const { message } = await askModern(harness, 'resources/list');
  uri = (message.result as { resources: { uri: string }[] }).resources[0]!.uri;
});
afterAll(() => harness.stop());
beforeEach(() => {
  live.calls.length = 0;
  live.ended.length = 0;
  live.script = () => done({});
});

async function listenTo(
  notifications: object,
  more: Sent = {},
  config?: KongConfig,
): Promise<SseStream & { next(): Promise<Said> }> {
  const request = modernRequest('subscriptions/listen', { notifications }, more);
  const stream = await openSse(harness, { method: 'POST', ...request }, config);
  let seen = 0;
  const next = async () => {
    await stream.until(() => stream.events().length > seen);
    return stream.events()[seen++]!.data as Said;
  };
  return { ...stream, next };
}

interface Said {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
}

const open = () =>
  (harness.aggregator.operations.status() as { streams_open: number }).streams_open;
const conversationOf = (call: Call | undefined) => call?.conversation ?? '';

describe('subscriptions/listen', () => {
  it('is acknowledged first, with what is heard of what was asked for, and names its request', async () => {
    const asked = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: false };
    const resourceSubscriptions = [uri, uri, 'nowhere://x'];
    const stream = await listenTo({ ...asked, resourceSubscriptions, unheardOf: true });
    const { method, params } = await stream.next();
    expect(method).toBe('notifications/subscriptions/acknowledged');
    expect(params?.['notifications']).toEqual({
      toolsListChanged: true,
      resourceSubscriptions: [uri],
    });
    expect(params?.['_meta']).toEqual({ [idKey]: expect.any(Number) });
    expect(live.calls.map(({ params }) => params?.toString())).toEqual(['{"uri":"a://1"}']);
    expect(stream.text()).not.toMatch(/^(id|retry):/m);
    expect(stream.response.headers.get('x-accel-buffering')).toBe('no');
    stream.leave();
  });

  it('tells of changed lists of any server, and of nothing that was not asked for', async () => {
    const stream = await listenTo({ toolsListChanged: true });
    const quiet = await listenTo({ resourcesListChanged: true });
    await Promise.all([stream.next(), quiet.next()]);
    live.more['resource']!.push({ uri: 'a://2', name: 'two' });
    live.changed('notifications/resources/list_changed');
    expect((await quiet.next()).method).toBe('notifications/resources/list_changed');
    for (const server of [live, other]) {
      server.tools.push(tool(`new${server.tools.length}`));
      harness.pass(1_000);
      server.changed();
      const said = await stream.next();
      expect(said.method).toBe(toolsChanged);
      expect(said.params?.['_meta']).toHaveProperty([idKey]);
    }
    expect(quiet.events()).toHaveLength(2);
    stream.leave();
    quiet.leave();
  });

  it('tells of resources under the names that clients know, parts of them too', async () => {
    const stream = await listenTo({ resourceSubscriptions: [uri] });
    await stream.next();
    const conversation = conversationOf(live.calls[0]);
    live.say('another conversation', updated, { uri: 'a://1' });
    live.say(conversation, updated, { uri: 'b://1' });
    live.say(conversation, 'notifications/message', { level: 'info', data: 1 });
    live.say(conversation, updated, { uri: 'a://1', _meta: { own: 1.5 } });
    live.say(conversation, updated, { uri: 'a://1/part' });
    const said = await stream.next();
    expect(said).toMatchObject({ method: updated, params: { uri, _meta: { own: 1.5 } } });
    expect(said.params?.['_meta']).toHaveProperty([idKey]);
    expect((await stream.next()).params?.['uri']).toBe(`${uri}/part`);
    stream.leave();
  });

  it('tells what happened before the acknowledgement after it, once', async () => {
    live.script = async function* (call): AsyncGenerator<CallEvent> {
      for (let i = 0; i < 3; i++) live.say(conversationOf(call), updated, { uri: 'a://1' });
      yield* done({});
    };
    const stream = await listenTo({ toolsListChanged: true, resourceSubscriptions: [uri] });
    expect((await stream.next()).method).toBe('notifications/subscriptions/acknowledged');
    expect((await stream.next()).method).toBe(updated);
    live.say(conversationOf(live.calls[0]), updated, { uri: 'a://1', last: true });
    expect((await stream.next()).params).toHaveProperty('last');
    stream.leave();
  });

  it('leaves out what a server refuses, what is not answered in time, and what rules deny', async () => {
    const error = Buffer.from('{"code":-5,"message":"no"}');
    const failed: CallEvent = { type: 'fail', failure: { kind: 'answered', error } };
    live.script = () => events(failed);
    const heardOn = async (config?: KongConfig) => {
      const stream = await listenTo({ resourceSubscriptions: [uri] }, {}, config);
      const { params } = await stream.next();
      stream.leave();
      return params?.['notifications'];
    };
    expect(await heardOn()).toEqual({ resourceSubscriptions: [] });
    live.script = (call) => ({
      async *[Symbol.asyncIterator]() {
        await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
        yield failed;
      },
    });
    const hasty = kongConfig([live, other], { list_timeout: 30 });
    expect(await heardOn(hasty)).toEqual({ resourceSubscriptions: [] });
    live.script = () => done({});
    const rule = { effect: 'deny', names: [uri], claim: 'x', one_of: ['y'] };
    const denied = kongConfig([live, other], { claim_rules: [{ ...rule, methods: undefined }] });
    const identity = { claims: { x: 'y' } };
    const stream = await listenTo({ resourceSubscriptions: [uri] }, { identity }, denied);
    expect((await stream.next()).params?.['notifications']).toEqual({ resourceSubscriptions: [] });
    stream.leave();
  });

  it('of a client that leaves ends at the servers', async () => {
    await vi.waitFor(() => expect(open()).toBe(0));
    const stream = await listenTo({ resourceSubscriptions: [uri] });
    await stream.next();
    stream.leave();
    await vi.waitFor(() => expect(live.ended).toContain(conversationOf(live.calls[0])));
    await vi.waitFor(() => expect(open()).toBe(0));
  });

  it('ends with a result at max_stream_age, and with the credential', async () => {
    const old = kongConfig([live, other], { max_stream_age: 0.05 });
    const aged = await listenTo({ toolsListChanged: true }, {}, old);
    const soon = { expiresAt: Date.now() / 1000 + 0.05 };
    const expired = await listenTo({ toolsListChanged: true }, { identity: soon });
    for (const stream of [aged, expired]) {
      await stream.next();
      const { id, result } = await stream.next();
      expect(result).toMatchObject({ resultType: 'complete', _meta: { [idKey]: id } });
      await stream.rest();
    }
  });

  it.each<[string, unknown]>([
    ['no filter', undefined],
    ['a list', []],
    ['a text for a flag', { toolsListChanged: 'true' }],
    ['a text for a list', { resourceSubscriptions: 'a://1' }],
    ['a number for a URI', { resourceSubscriptions: [1] }],
    ['a URI without end', { resourceSubscriptions: [`a://${'x'.repeat(5_000)}`] }],
  ])('with %s is refused: -32602', async (_what, notifications) => {
    const answer = await askModern(harness, 'subscriptions/listen', { notifications });
    expect(answer).toMatchObject({ status: 200, message: { error: { code: -32602 } } });
  });

  it('about too much is refused, and so is one without a stream', async () => {
    const resourceSubscriptions = Array.from({ length: 257 }, (_, n) => `a://${n}`);
    const notifications = { resourceSubscriptions };
    const answer = await askModern(harness, 'subscriptions/listen', { notifications });
    expect(answer.message.error?.code).toBe(-31012);
    const headers = { accept: 'application/json' };
    const params = { notifications: {} };
    const json = await askModern(harness, 'subscriptions/listen', params, { headers });
    expect(json.status).toBe(406);
  });

  it('of 200 callers is told to each', async () => {
    const callers = Array.from({ length: 200 }, (_, n) => `caller-${n}`);
    const all = await Promise.all(
      callers.map((as) => listenTo({ resourceSubscriptions: [uri] }, { as })),
    );
    await Promise.all(all.map((stream) => stream.next()));
    expect(new Set(live.calls.map(conversationOf)).size).toBe(200);
    for (const [n, call] of live.calls.entries()) {
      live.say(conversationOf(call), updated, { uri: 'a://1', n });
    }
    const said = await Promise.all(all.map((stream) => stream.next()));
    expect(new Set(said.map(({ params }) => params?.['n'])).size).toBe(200);
    for (const stream of all) stream.leave();
    await vi.waitFor(() => expect(live.ended).toHaveLength(200));
  });
});

describe('a gateway that stops', () => {
  it('ends what its clients listen to with a result', async () => {
    const stopping = await startHarness([live]);
    const request = modernRequest('subscriptions/listen', {
      notifications: { toolsListChanged: true },
    });
    const stream = await openSse(stopping, { method: 'POST', ...request });
    await stream.until(() => stream.events().length === 1);
    const stopped = stopping.stop();
    await stream.rest();
    await stopped;
    expect(stream.events().at(-1)?.data.result).toMatchObject({ resultType: 'complete' });
  });
});

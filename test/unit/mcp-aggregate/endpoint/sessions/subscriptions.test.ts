import { afterEach, describe, expect, it } from 'vitest';
import { done, FakeUpstream, note } from '../../../../support/aggregate/fake-upstream.js';
import {
  kongConfig,
  openSession,
  rpc,
  startHarness,
} from '../../../../support/aggregate/harness.js';
import type { Harness, KongConfig, Sent } from '../../../../support/aggregate/harness.js';
import { openSse } from '../../../../support/aggregate/sse-stream.js';
import type { SseStream } from '../../../../support/aggregate/sse-stream.js';

const updated = 'notifications/resources/updated';
const uri = 'mcp+one+test://r';
let harness: Harness;
let one: FakeUpstream;
let two: FakeUpstream;

afterEach(async () => {
  await harness?.stop();
});

async function start(config?: KongConfig): Promise<void> {
  [one, two] = [new FakeUpstream('one'), new FakeUpstream('two')];
  for (const upstream of [one, two]) {
    upstream.more = { resource: [{ uri: 'test://r', name: 'r' }] };
    upstream.script = () => done({});
  }
  one.capabilities = ['resources.subscribe', 'logging'];
  harness = await startHarness([one, two], config ? { config } : {});
  await harness.send({ json: rpc('resources/list') }).then((response) => response.text());
}

interface Answer {
  readonly status: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

async function ask(session: string | undefined, method: string, params: unknown, more: Sent = {}) {
  const headers: Record<string, string> = session ? { 'mcp-session-id': session } : {};
  const response = await harness.send({ headers, json: rpc(method, params), ...more });
  return { status: response.status, ...((await response.json()) as object) } as Answer;
}
const subscribe = (session: string, asked = uri, more: Sent = {}) =>
  ask(session, 'resources/subscribe', { uri: asked }, more);
const unsubscribe = (session: string, asked = uri) =>
  ask(session, 'resources/unsubscribe', { uri: asked });

const listen = (session: string, more: Sent = {}, config?: KongConfig) =>
  openSse(harness, { headers: { 'mcp-session-id': session }, ...more }, config);
const conversationOf = (call: number) => one.calls[call]!.conversation!;
const told = (stream: SseStream) => stream.events().map(({ data }) => [data.method, data.params]);
const changed = (name: string) => [updated, { uri: name }];

describe('resources/subscribe', () => {
  it('reaches the owner with its own URI, and only the subscriber hears', async () => {
    await start();
    const [alice, other] = [await openSession(harness), await openSession(harness)];
    const bob = await openSession(harness, { as: 'bob' });
    expect(await subscribe(alice)).toMatchObject({ status: 200, result: {} });
    expect(one.calls[0]).toMatchObject({ method: 'resources/subscribe' });
    expect(one.calls[0]?.params?.toString()).toBe('{"uri":"test://r"}');
    expect(two.calls).toEqual([]);
    const streams = [await listen(alice), await listen(other), await listen(bob, { as: 'bob' })];
    one.say(conversationOf(0), updated, { uri: 'test://r' });
    await streams[0]!.until(() => streams[0]!.events().length > 0);
    expect(told(streams[0]!)).toEqual([changed(uri)]);
    await subscribe(other, `${uri}/x`);
    one.say(conversationOf(1), updated, { uri: 'test://r/x' });
    await streams[1]!.until(() => streams[1]!.events().length > 0);
    expect(streams.map((stream) => stream.events().length)).toEqual([1, 1, 0]);
    for (const stream of streams) stream.leave();
  });

  it('needs a session', async () => {
    await start();
    const { status, error } = await ask(undefined, 'resources/subscribe', { uri });
    expect([status, error?.message]).toEqual([
      400,
      'resources/subscribe needs a session to be told of changes',
    ]);
    expect(one.calls).toEqual([]);
  });

  it('at a server without subscriptions is no method', async () => {
    await start();
    const session = await openSession(harness);
    const { error } = await subscribe(session, 'mcp+two+test://r');
    expect(error).toMatchObject({ code: -32601, message: 'server two cannot be subscribed to' });
    expect(two.calls).toEqual([]);
  });

  it('is offered where one server has it', async () => {
    await start();
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {} };
    const offered = async () =>
      ((await ask(undefined, 'initialize', params)).result as { capabilities: object })
        .capabilities;
    expect(await offered()).toMatchObject({ resources: { listChanged: true, subscribe: true } });
    await harness.stop();
    [one, two] = [new FakeUpstream('one'), new FakeUpstream('two')];
    for (const upstream of [one, two]) upstream.more = { resource: [] };
    harness = await startHarness([one, two]);
    expect(await offered()).toMatchObject({ resources: { listChanged: true } });
    expect(JSON.stringify(await offered())).not.toContain('subscribe');
  });

  it('that the server refuses leaves nothing', async () => {
    await start();
    const session = await openSession(harness);
    one.script = async function* () {
      const error = Buffer.from('{"code":-32002,"message":"no"}');
      yield await Promise.resolve({ type: 'fail', failure: { kind: 'answered', error } });
    };
    expect((await subscribe(session)).error?.code).toBe(-32002);
    const stream = await listen(session);
    one.say(conversationOf(0), updated, { uri: 'test://r' });
    one.say(conversationOf(0), 'notifications/message', { level: 'info', data: 'x' });
    await stream.until(() => stream.events().length > 0);
    expect(told(stream)).toEqual([['notifications/message', { level: 'info', data: 'x' }]]);
    stream.leave();
  });

  it('of what a rule hides is unknown, and what a rule hides is not told', async () => {
    const deny = (names: string[]) => ({
      claim_rules: [
        { methods: ['resources/read'], names, claim: 'role', equals: 'guest', effect: 'deny' },
      ],
    });
    await start(kongConfig([{ name: 'one' }, { name: 'two' }], deny([`${uri}/secret*`])));
    const as = { identity: { claims: { role: 'guest' } } };
    const session = await openSession(harness, as);
    expect((await subscribe(session, `${uri}/secret`, as)).error?.code).toBe(-32002);
    await subscribe(session, uri, as);
    const stream = await listen(session, as);
    one.say(conversationOf(0), updated, { uri: 'test://r/secret/1' });
    one.say(conversationOf(0), updated, { uri: 'test://r/open' });
    await stream.until(() => stream.events().length > 0);
    expect(told(stream)).toEqual([changed(`${uri}/open`)]);
    stream.leave();
  });

  it('does not show in answers what a rule hides', async () => {
    const hidden = { methods: ['resources/*'], names: ['*secret'], claim: 'role', effect: 'deny' };
    await start(
      kongConfig([{ name: 'one' }, { name: 'two' }], {
        claim_rules: [{ ...hidden, equals: 'guest' }],
      }),
    );
    const as = { identity: { claims: { role: 'guest' } } };
    one.script = async function* () {
      yield await Promise.resolve(note(updated, { uri: 'test://secret' }));
      yield note(updated, { uri: 'test://r' });
      yield* done({ contents: [] });
    };
    const response = await harness.send({ json: rpc('resources/read', { uri }), ...as });
    const text = await response.text();
    expect(text).toContain(`"params":{"uri":"${uri}"}`);
    expect(text).not.toContain('secret');
  });
});

describe('a subscription', () => {
  it('ends with resources/unsubscribe', async () => {
    await start();
    const session = await openSession(harness);
    await subscribe(session);
    await subscribe(session, 'mcp+one+test://q');
    expect(await unsubscribe(session)).toMatchObject({ result: {} });
    expect(one.calls[2]?.params?.toString()).toBe('{"uri":"test://r"}');
    const stream = await listen(session);
    one.say(conversationOf(0), updated, { uri: 'test://r' });
    one.say(conversationOf(0), updated, { uri: 'test://q' });
    await stream.until(() => stream.events().length > 0);
    expect(told(stream)).toEqual([changed('mcp+one+test://q')]);
    stream.leave();
  });

  it('ends with the session', async () => {
    await start();
    const session = await openSession(harness);
    await subscribe(session);
    await harness.send({ method: 'DELETE', headers: { 'mcp-session-id': session } });
    expect(one.ended).toContain(conversationOf(0));
  });

  it('ends when the session expires', async () => {
    await start(kongConfig([{ name: 'one' }, { name: 'two' }], { session_ttl: 1 }));
    const session = await openSession(harness);
    await subscribe(session);
    expect(one.ended).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(one.ended).toEqual([conversationOf(0)]);
  });

  it('tells once of what changed while no stream was open', async () => {
    await start();
    const session = await openSession(harness);
    await subscribe(session);
    for (const name of ['test://r', 'test://r', 'test://r/x']) {
      one.say(conversationOf(0), updated, { uri: name });
    }
    const stream = await listen(session);
    await stream.until(() => stream.events().length > 1);
    one.say(conversationOf(0), updated, { uri: 'test://r/y' });
    await stream.until(() => stream.events().length > 2);
    expect(told(stream)).toEqual([changed(uri), changed(`${uri}/x`), changed(`${uri}/y`)]);
    stream.leave();
  });

  it.each([
    ['from where it was', true],
    ['anew', false],
  ])('tells what came while the stream was cut, when it is opened %s', async (_title, resumes) => {
    await start();
    const session = await openSession(harness);
    await subscribe(session);
    const stream = await listen(session);
    one.say(conversationOf(0), updated, { uri: 'test://r/1' });
    await stream.until(() => stream.events().length > 0);
    stream.leave();
    await new Promise((resolve) => setTimeout(resolve, 100));
    one.say(conversationOf(0), updated, { uri: 'test://r/2' });
    const headers = {
      'mcp-session-id': session,
      ...(resumes ? { 'last-event-id': stream.lastId() } : {}),
    };
    const again = await openSse(harness, { headers });
    await again.until(() => again.events().length > 0);
    expect(told(again)).toEqual([changed(`${uri}/2`)]);
    again.leave();
  });

  it('is made anew under the next configuration when the client comes back', async () => {
    await start();
    const session = await openSession(harness);
    await subscribe(session);
    await subscribe(session, 'mcp+one+test://gone');
    const resources = { allow: undefined, deny: ['test://gone'] };
    const [server] = kongConfig([{ name: 'one' }]).servers!;
    const next = kongConfig([], { servers: [{ ...server, resources }] });
    const stream = await listen(session, {}, next);
    await stream.until(
      () => stream.events().filter(({ data }) => data.method === updated).length > 1,
    );
    expect(one.ended).toEqual([conversationOf(0)]);
    expect(one.calls.slice(2).map(({ params }) => params?.toString())).toEqual([
      '{"uri":"test://r"}',
    ]);
    one.say(conversationOf(0), updated, { uri: 'test://gone' });
    one.say(conversationOf(0), updated, { uri: 'test://r/later' });
    await stream.until(() =>
      told(stream).some(([, params]) => JSON.stringify(params).includes('later')),
    );
    const mentions = told(stream).map(([, params]) => JSON.stringify(params));
    expect(mentions.filter((params) => params?.includes('gone'))).toHaveLength(1);
    expect(mentions.filter((params) => params?.includes('later'))).toHaveLength(1);
    stream.leave();
  });
});

describe('what a server says outside of calls', () => {
  const say = (level: string) =>
    one.say(conversationOf(0), 'notifications/message', { level, data: level });

  it('reaches the session it is said to, from the level it has set', async () => {
    await start();
    const [alice, other] = [await openSession(harness), await openSession(harness)];
    await ask(alice, 'logging/setLevel', { level: 'warning' });
    await subscribe(alice);
    const [stream, elsewhere] = [await listen(alice), await listen(other)];
    say('info');
    say('error');
    await stream.until(() => stream.events().length > 0);
    expect(told(stream)).toEqual([['notifications/message', { level: 'error', data: 'error' }]]);
    expect(elsewhere.events()).toEqual([]);
    stream.leave();
    elsewhere.leave();
  });

  it('goes out once, though two configurations share the server', async () => {
    await start();
    const other = kongConfig([{ name: 'one' }], { route_id: 'route-b', __plugin_id: 'plugin-b' });
    await harness.send({ json: rpc('ping') }, other);
    const session = await openSession(harness);
    await subscribe(session);
    const stream = await listen(session);
    say('info');
    one.say(conversationOf(0), updated, { uri: 'test://r' });
    await stream.until(() => stream.events().length > 1);
    say('error');
    await stream.until(() => told(stream).length > 2);
    const log = 'notifications/message';
    expect(told(stream).map(([method]) => method)).toEqual([log, updated, log]);
    stream.leave();
  });
});

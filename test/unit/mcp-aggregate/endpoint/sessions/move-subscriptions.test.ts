import { afterEach, describe, expect, it } from 'vitest';
import { done, FakeUpstream } from '../../../../support/aggregate/fake-upstream.js';
import {
  kongConfig,
  openSession,
  rpc,
  startHarness,
} from '../../../../support/aggregate/harness.js';
import type { Harness, KongConfig, Sent } from '../../../../support/aggregate/harness.js';
import { openSse } from '../../../../support/aggregate/sse-stream.js';
import { until } from '../../../../support/readiness.js';

const updated = 'notifications/resources/updated';
const uri = (own: string) => `mcp+one+test://${own}`;

let harness: Harness;
let one: FakeUpstream;

/** Guests may not read this resource. */
const guarded = (name: string): KongConfig =>
  kongConfig([{ name: 'one' }], {
    claim_rules: [
      {
        methods: ['resources/read'],
        names: [name],
        claim: 'role',
        equals: 'guest',
        effect: 'deny',
      },
    ],
  });
const guest: Sent = { identity: { claims: { role: 'guest' } } };

async function start(config: KongConfig): Promise<string> {
  one = new FakeUpstream('one');
  one.more = { resource: [{ uri: 'test://r', name: 'r' }] };
  one.script = () => done({});
  one.capabilities = ['resources.subscribe'];
  harness = await startHarness([one, new FakeUpstream('two')], { config });
  await harness.send({ json: rpc('resources/list') }).then((response) => response.text());
  return openSession(harness, guest);
}

afterEach(async () => {
  await harness?.stop();
});

async function subscribe(session: string, own: string, more: Sent = {}, config?: KongConfig) {
  const headers = { 'mcp-session-id': session };
  const json = rpc('resources/subscribe', { uri: uri(own) });
  const response = await harness.send({ headers, json, ...more }, config);
  return (await response.json()) as object;
}

/** The server's URIs that were subscribed to, in order. */
const asked = () =>
  one.calls.map(({ params }) => (JSON.parse(String(params)) as { uri: string }).uri);

describe('the subscriptions of a session whose configuration has been replaced', () => {
  it('are made anew as far as the rules now allow, and of the rest too the client is told', async () => {
    const session = await start(kongConfig([{ name: 'one' }]));
    for (const own of ['r', 'q']) await subscribe(session, own, guest);
    const headers = { 'mcp-session-id': session };
    const stream = await openSse(harness, { headers, ...guest }, guarded(uri('r')));
    const told = () =>
      stream.events().flatMap(({ data }) => (data.method === updated ? [data.params] : []));
    await stream.until(() => told().length > 1);
    expect(told()).toEqual([{ uri: uri('r') }, { uri: uri('q') }]);
    expect(asked()).toEqual(['test://r', 'test://q', 'test://q']);
    const conversation = one.calls[2]!.conversation!;
    for (const own of ['r', 'q']) one.say(conversation, updated, { uri: `test://${own}` });
    await stream.until(() => told().length > 2);
    expect(told().slice(2)).toEqual([{ uri: uri('q') }]);
    stream.leave();
    // What has ended does not come back with a configuration that would allow it.
    const later = await openSse(harness, { headers, ...guest }, guarded(uri('x')));
    await until(() => Promise.resolve(one.ended.length > 1), { what: 'nothing was moved' });
    await later.until(() => later.events().some(({ data }) => data.method === updated));
    expect(asked().slice(3)).toEqual(['test://q']);
    later.leave();
  });

  it('are made anew with the next one that the session makes', async () => {
    const session = await start(kongConfig([{ name: 'one' }]));
    await subscribe(session, 'r', guest);
    expect(await subscribe(session, 'q', guest, guarded(uri('x')))).toMatchObject({ result: {} });
    await until(() => Promise.resolve(one.calls.length > 2), { what: 'nothing was moved' });
    expect(asked().slice(1).sort()).toEqual(['test://q', 'test://r']);
    expect(one.ended).toEqual([one.calls[0]!.conversation]);
  });
});

it('subscriptions end with a session that is ended under another configuration', async () => {
  const session = await start(kongConfig([{ name: 'one' }]));
  await subscribe(session, 'r', guest);
  const headers = { 'mcp-session-id': session };
  const elsewhere = kongConfig([{ name: 'two' }]);
  const { status } = await harness.send({ method: 'DELETE', headers, ...guest }, elsewhere);
  expect([status, [...new Set(one.ended)]]).toEqual([204, [one.calls[0]!.conversation]]);
});

it('what a session may hear of changes with the rights that it comes with', async () => {
  const config = guarded(uri('r'));
  const session = await start(config);
  for (const own of ['r', 'q']) await subscribe(session, own, { identity: { claims: {} } });
  const headers = { 'mcp-session-id': session };
  const stream = await openSse(harness, { headers, ...guest });
  for (const own of ['r', 'q']) {
    one.say(one.calls[0]!.conversation!, updated, { uri: `test://${own}` });
  }
  await stream.until(() => stream.events().length > 0);
  expect(stream.events().map(({ data }) => data.params)).toEqual([{ uri: uri('q') }]);
  stream.leave();
});

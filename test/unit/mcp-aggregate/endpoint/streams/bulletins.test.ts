import { expect, it } from 'vitest';
import { LogLevels } from '../../../../../plugins/mcp-aggregate/endpoint/sessions/log-levels.js';
import { Bulletins } from '../../../../../plugins/mcp-aggregate/endpoint/streams/bulletins.js';
import type { Ticket } from '../../../../../plugins/mcp-aggregate/endpoint/requests/ticket.js';
import type { Subscriber } from '../../../../../plugins/mcp-aggregate/endpoint/sessions/subscriptions.js';
import { updateOf } from '../../../../../plugins/mcp-aggregate/core/uris/updates.js';

/** Of a caller who may read what does not begin with one of these. */
function ticketOf(denied: readonly string[] = [], expiresAt?: number): Ticket {
  const rule = ([{ name }]: readonly [{ name: string }]) => ({
    kind: denied.some((start) => name.startsWith(start)) ? 'denied' : 'allowed',
  });
  const identity = expiresAt === undefined ? {} : { expiresAt };
  const access = { policy: { hasRules: true, rule } };
  return { config: { access }, subject: {}, caller: { identity } } as unknown as Ticket;
}

const exposure = {
  nameOf: (_kind: string, name: string) => ({ name }),
  shows: () => true,
} as never;
const updated = (uri: string) =>
  ({
    type: 'note',
    method: 'notifications/resources/updated',
    params: Buffer.from(JSON.stringify({ uri })),
  }) as const;

function setUp() {
  const sent: string[] = [];
  const mailboxes = new Map<string, object>();
  const mailbox = (session: string) => ({
    send: (frame: unknown) => Promise.resolve(void sent.push(`${session} ${String(frame)}`)),
  });
  const subscriptions = { of: () => subscriber, covers: () => true };
  const bulletins = new Bulletins({
    subscriptions,
    channels: { mailboxOf: (session: string) => mailboxes.get(session) },
    announcements: { reach: () => true },
    logLevels: new LogLevels(),
  } as never);
  const runtime = {};
  const subscriber = {
    owner: { session: { id: 'mine' } },
    missed: new Set(),
    runtime,
    ticket: ticketOf(),
  };
  return {
    sent,
    bulletins,
    runtime: runtime as never,
    subscriber: subscriber as unknown as Subscriber,
    /** The session opens its stream. */
    open: (session: string) => void mailboxes.set(session, mailbox(session)),
  };
}

it('what a session missed is told once, though it comes back twice', () => {
  const { bulletins, subscriber, open, sent } = setUp();
  bulletins.tell(subscriber, updateOf('test://r'));
  open('other');
  expect(sent).toEqual([]);
  open('mine');
  bulletins.catchUp(subscriber);
  bulletins.catchUp(subscriber);
  expect(sent).toEqual([expect.stringMatching(/^mine .*"uri":"test:\/\/r"/)]);
});

it('no more is kept for a session that is away than can be', () => {
  const { bulletins, subscriber, open, sent } = setUp();
  for (let part = 0; part < 2_000; part++) bulletins.tell(subscriber, updateOf(`test://r/${part}`));
  expect(subscriber.missed.size).toBe(1_024);
  open('mine');
  bulletins.catchUp(subscriber);
  expect([sent.length, subscriber.missed.size]).toEqual([1_024, 0]);
});

it('that a visit to a URL is complete reaches the session it is said to, whatever it wants logged', () => {
  const { bulletins, open, sent } = setUp();
  for (const session of ['mine', 'other']) open(session);
  const params = Buffer.from('{"elicitationId":"one"}');
  const method = 'notifications/elicitation/complete';
  bulletins.take({} as never, {} as never, 'mine', { type: 'note', method, params });
  expect(sent).toEqual([expect.stringMatching(/^mine .*"elicitationId":"one"/)]);
});

it('what a session missed is told by the rights it comes back with', () => {
  const { bulletins, subscriber, open, sent } = setUp();
  for (const uri of ['a://1', 'b://1']) bulletins.tell(subscriber, updateOf(uri));
  subscriber.ticket = ticketOf(['a://']);
  open('mine');
  bulletins.catchUp(subscriber);
  expect(sent).toEqual([expect.stringMatching(/"uri":"b:\/\/1"/)]);
});

it('once its credential has ended a session is told nothing, though an older stream is open', () => {
  const { bulletins, runtime, subscriber, open, sent } = setUp();
  open('mine');
  subscriber.ticket = ticketOf([], Date.now() / 1000 + 60);
  bulletins.take(runtime, exposure, 'mine', updated('a://1'));
  expect(sent).toHaveLength(1);
  subscriber.ticket = ticketOf([], Date.now() / 1000 - 1);
  bulletins.take(runtime, exposure, 'mine', updated('a://2'));
  expect(sent).toHaveLength(1);
  subscriber.ticket = ticketOf([], Date.now() / 1000 + 60);
  bulletins.catchUp(subscriber);
  expect(sent).toEqual([expect.any(String), expect.stringMatching(/"uri":"a:\/\/2"/)]);
});

import { expect, it } from 'vitest';
import { LogLevels } from '../../../../plugins/mcp-aggregate/endpoint/log-levels.js';
import { Bulletins } from '../../../../plugins/mcp-aggregate/endpoint/streams/bulletins.js';
import type { Subscriber } from '../../../../plugins/mcp-aggregate/endpoint/subscriptions.js';
import { updateOf } from '../../../../plugins/mcp-aggregate/core/updates.js';

function setUp() {
  const sent: string[] = [];
  const mailboxes = new Map<string, object>();
  const mailbox = (session: string) => ({
    send: (frame: unknown) => Promise.resolve(void sent.push(`${session} ${String(frame)}`)),
  });
  const bulletins = new Bulletins({
    channels: { mailboxOf: (session: string) => mailboxes.get(session) },
    announcements: { reach: () => true },
    logLevels: new LogLevels(),
  } as never);
  const subscriber = { owner: { session: { id: 'mine' } }, missed: new Set() };
  return {
    sent,
    bulletins,
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

import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { anonymousIdentity, userKey } from '../../../../../lib/identity/identity.js';
import { Sealer } from '../../../../../lib/handles/seal.js';
import { OpenStreams } from '../../../../../plugins/mcp-aggregate/endpoint/listening/open-streams.js';
import { SseWriter } from '../../../../../plugins/mcp-aggregate/endpoint/answer/sse-writer.js';
import { frameBytes } from '../../../../../plugins/mcp-aggregate/endpoint/answer/frames.js';
import type { Frame } from '../../../../../plugins/mcp-aggregate/endpoint/answer/frames.js';
import { Channels } from '../../../../../plugins/mcp-aggregate/endpoint/streams/channels.js';
import {
  EventLog,
  LogBudget,
} from '../../../../../plugins/mcp-aggregate/endpoint/streams/event-log.js';

/** A connection that takes everything. */
function writer(): SseWriter {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const one = new SseWriter(response, 60_000);
  one.start({});
  return one;
}

const frame = (bytes: number) => [Buffer.alloc(bytes, 0x78)];

describe('the events kept of a stream', () => {
  it('are those after a number, in order', () => {
    const log = new EventLog(new LogBudget(), 'u');
    expect([log.add(frame(1)), log.add(frame(2)), log.add(frame(3))]).toEqual([1, 2, 3]);
    expect(log.after(1).map(({ seq }) => seq)).toEqual([2, 3]);
    expect(log.after(3)).toEqual([]);
  });

  it('are the newest 256', () => {
    const log = new EventLog(new LogBudget(), 'u');
    for (let n = 0; n < 300; n++) log.add(frame(1));
    expect(log.after(0)).toHaveLength(256);
    expect(log.after(0)[0]?.seq).toBe(45);
  });

  it('are no more bytes than one stream, and all together, may have', () => {
    const budget = new LogBudget({ bytes: 2_000, ofOne: 2_000 });
    const [one, two] = [new EventLog(budget, 'u'), new EventLog(budget, 'v')];
    one.add(frame(600));
    two.add(frame(600));
    expect([one.after(0).length, two.after(0).length]).toEqual([1, 0]);
    expect([one.keptLast, two.keptLast]).toEqual([true, false]);
    one.add(frame(700));
    expect(one.after(0).map(({ seq }) => seq)).toEqual([2]);
    expect(budget.used).toBe(700 + 512);
    one.clear();
    expect(budget.used).toBe(0);
    const large = new EventLog(new LogBudget(), 'u');
    large.add(frame(5_000_000));
    expect(large.after(0)).toEqual([]);
    expect(large.lastSeq).toBe(1);
  });

  it('are of one user no more than a share, in as many streams as they like, and cost no other', () => {
    const budget = new LogBudget({ bytes: 6_000, ofOne: 3_000 });
    const streams = Array.from({ length: 9 }, () => new EventLog(budget, 'eve'));
    for (const stream of streams) stream.add(frame(488));
    expect(budget.used).toBe(3_000);
    expect(streams.map((stream) => stream.after(0).length)).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0]);
    const ann = new EventLog(budget, 'ann');
    ann.add(frame(2_488));
    expect(ann.after(0)).toHaveLength(1);
  });

  it('do not keep the large message that they are a part of', () => {
    const log = new EventLog(new LogBudget(), 'u');
    const message = Buffer.alloc(1_000_000, 0x78);
    log.add([message.subarray(5, 15), message]);
    const [small, whole] = log.after(0)[0]!.frame;
    expect(small!.toString()).toBe('x'.repeat(10));
    expect(small!.buffer.byteLength).toBeLessThan(10_000);
    expect(whole).toBe(message);
  });
});

describe('channels', () => {
  const sealer = new Sealer([Buffer.alloc(32, 1)]);
  const owner = (id: string, user = 'p') => ({
    endpoint: 'e',
    principal: `${user} by some client`,
    user,
    session: { id, version: '2025-11-25', capabilities: 0, expiresAt: Date.now() + 60_000 },
  });
  const anonymous = userKey(anonymousIdentity);
  const nothing = () => undefined;
  const open = (channels: Channels, user: string, ...ids: string[]) =>
    ids.map((id) => channels.mailbox(owner(id, user), nothing));
  const there = (channels: Channels, ...ids: string[]) =>
    ids.filter((id) => channels.mailboxOf(id) !== undefined);

  it('of sessions are one for each', () => {
    const channels = new Channels(sealer);
    const mailbox = channels.mailbox(owner('a'), nothing);
    expect(channels.mailbox(owner('a'), nothing)).toBe(mailbox);
  });

  it('of calls are bounded: more cannot be taken up again, and take no session its own', async () => {
    const channels = new Channels(sealer, { mostChannels: 0 });
    await channels.open(owner('b'), nothing).send(frame(10));
    expect([channels.size, channels.bytes]).toEqual([0, 0]);
    open(channels, 'p', 'a');
    expect(there(channels, 'a')).toEqual(['a']);
  });

  it('of one caller are bounded: the first opened without a connection makes room', () => {
    const channels = new Channels(sealer, { mostMailboxesOfOne: 3 });
    const gone: string[] = [];
    channels.mailbox(owner('other', 'q'), nothing);
    for (const id of ['a', 'b', 'c']) {
      const mailbox = channels.mailbox(owner(id), () => void gone.push(id));
      if (id === 'b') mailbox.attach(writer(), undefined);
    }
    open(channels, 'p', 'd');
    expect(gone).toEqual(['a']);
    open(channels, 'p', 'e');
    expect(gone).toEqual(['a', 'c']);
    expect(there(channels, 'b', 'd', 'e', 'other')).toHaveLength(4);
  });

  it('of one caller make room with their connection where all have one', () => {
    const channels = new Channels(sealer, { mostMailboxesOfOne: 2 });
    for (const one of open(channels, 'p', 'a', 'b')) one.attach(writer(), undefined);
    open(channels, 'p', 'c');
    expect(there(channels, 'a', 'b', 'c')).toEqual(['b', 'c']);
  });

  it('in all are bounded: a caller can give one of its own for another, and no one else’s', () => {
    const channels = new Channels(sealer, { mostMailboxes: 2 });
    open(channels, 'p', 'a', 'b');
    expect(() => open(channels, 'q', 'c')).toThrow('too many streams');
    open(channels, 'p', 'd');
    expect(there(channels, 'a', 'b', 'd')).toEqual(['b', 'd']);
  });

  it('of callers without an identity are half of all, and do not end each other’s connections', () => {
    const channels = new Channels(sealer, { mostMailboxes: 4, mostMailboxesOfOne: 1 });
    const both = open(channels, anonymous, 'a', 'b');
    both[1]!.attach(writer(), undefined);
    open(channels, anonymous, 'c');
    channels.mailboxOf('c')!.attach(writer(), undefined);
    expect(() => open(channels, anonymous, 'x')).toThrow('too many streams');
    open(channels, 'p', 'd');
    expect(there(channels, 'a', 'b', 'c', 'd')).toEqual(['b', 'c', 'd']);
  });

  it('of a connection that is slow to read still get an answer too large to be kept', async () => {
    const gone: unknown[] = [];
    /** Has something unread, as behind a client that reads slowly. */
    const slow = () => {
      const sent: number[] = [];
      const connection = {
        unread: 100,
        prime: nothing,
        onClose: nothing,
        close: nothing,
        send: (one: Frame) => Promise.resolve(void sent.push(frameBytes(one))),
        abandon: () => void gone.push(sent),
      };
      return { sent, connection: connection as unknown as SseWriter };
    };
    const large = 5_000_000;
    const [channels, answered, told] = [new Channels(sealer), slow(), slow()];
    const call = channels.open(owner('a'), nothing);
    call.attach(answered.connection, undefined);
    await call.send(frame(10));
    await call.end(frame(large));
    expect(answered.sent).toEqual([10, large]);
    // A message that is no answer is counted nowhere else.
    const other = channels.open(owner('b'), nothing);
    other.attach(told.connection, undefined);
    await other.send(frame(large));
    expect(told.sent).toEqual([]);
    expect(gone).toEqual([told.sent]);
  });

  it('end with their session and free what they kept', async () => {
    const channels = new Channels(sealer);
    const gone: string[] = [];
    for (const id of ['a', 'b']) {
      await channels.mailbox(owner(id), () => void gone.push(id)).send(frame(10));
    }
    channels.endSession('a');
    expect([gone, channels.size, channels.bytes]).toEqual([['a'], 1, 10 + 512]);
  });
});

describe('open streams', () => {
  const caller = (principal: string, subject = principal) => ({
    principal,
    authorizationContext: principal,
    identity: { ...anonymousIdentity, subject },
  });

  it('are bounded for each caller and in all', () => {
    const streams = new OpenStreams(3, 2);
    const leave = streams.enter(caller('a'));
    streams.enter(caller('a'));
    expect(() => streams.enter(caller('a'))).toThrow('too many streams');
    leave();
    streams.enter(caller('a'));
    streams.enter(caller('b'));
    expect(() => streams.enter(caller('c'))).toThrow('too many streams');
    expect(streams.size).toBe(3);
  });

  it('of anonymous callers, who may be many, are bounded in all only', () => {
    const streams = new OpenStreams(3, 1);
    for (let n = 0; n < 3; n++) streams.enter(caller('anyone', ''));
    expect(() => streams.enter(caller('anyone', ''))).toThrow('too many streams');
  });
});

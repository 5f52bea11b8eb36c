import { describe, expect, it } from 'vitest';
import { anonymousIdentity } from '../../../../lib/identity.js';
import { Sealer } from '../../../../lib/seal.js';
import { OpenStreams } from '../../../../plugins/mcp-aggregate/endpoint/open-streams.js';
import { Channels } from '../../../../plugins/mcp-aggregate/endpoint/streams/channels.js';
import {
  EventLog,
  LogBudget,
} from '../../../../plugins/mcp-aggregate/endpoint/streams/event-log.js';

const frame = (bytes: number) => [Buffer.alloc(bytes, 0x78)];

describe('the events kept of a stream', () => {
  it('are those after a number, in order', () => {
    const log = new EventLog(new LogBudget());
    expect([log.add(frame(1)), log.add(frame(2)), log.add(frame(3))]).toEqual([1, 2, 3]);
    expect(log.after(1).map(({ seq }) => seq)).toEqual([2, 3]);
    expect(log.after(3)).toEqual([]);
  });

  it('are the newest 256', () => {
    const log = new EventLog(new LogBudget());
    for (let n = 0; n < 300; n++) log.add(frame(1));
    expect(log.after(0)).toHaveLength(256);
    expect(log.after(0)[0]?.seq).toBe(45);
  });

  it('are no more bytes than one stream, and all together, may have', () => {
    const budget = new LogBudget(1000);
    const [one, two] = [new EventLog(budget), new EventLog(budget)];
    one.add(frame(600));
    two.add(frame(600));
    expect([one.after(0).length, two.after(0).length]).toEqual([1, 0]);
    one.add(frame(700));
    expect(one.after(0).map(({ seq }) => seq)).toEqual([2]);
    expect(budget.used).toBe(700);
    one.clear();
    expect(budget.used).toBe(0);
    const large = new EventLog(new LogBudget());
    large.add(frame(5_000_000));
    expect(large.after(0)).toEqual([]);
    expect(large.lastSeq).toBe(1);
  });
});

describe('channels', () => {
  const sealer = new Sealer([Buffer.alloc(32, 1)]);
  const owner = (id: string) => ({
    endpoint: 'e',
    principal: 'p',
    session: { id, version: '2025-11-25', capabilities: 0, expiresAt: Date.now() + 60_000 },
  });

  it('of sessions are bounded, those of calls then cannot be taken up again', async () => {
    const channels = new Channels(sealer, { mostChannels: 1 });
    const mailbox = channels.mailbox(owner('a'), () => undefined);
    expect(channels.mailbox(owner('a'), () => undefined)).toBe(mailbox);
    expect(() => channels.mailbox(owner('b'), () => undefined)).toThrow('too many streams');
    await channels.open(owner('b'), () => undefined).send(frame(10));
    expect([channels.size, channels.bytes]).toEqual([1, 0]);
  });

  it('end with their session and free what they kept', async () => {
    const channels = new Channels(sealer);
    const gone: string[] = [];
    for (const id of ['a', 'b']) {
      await channels.mailbox(owner(id), () => void gone.push(id)).send(frame(10));
    }
    channels.endSession('a');
    expect([gone, channels.size, channels.bytes]).toEqual([['a'], 1, 10]);
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

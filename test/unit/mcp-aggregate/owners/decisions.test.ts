import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../../lib/json/envelope.js';
import { slotOf } from '../../../../lib/workers/slot-of.js';
import { namedIn } from '../../../../plugins/mcp-aggregate/core/owners/named-in.js';
import { readOwner, writeOwner } from '../../../../plugins/mcp-aggregate/core/owners/owner.js';
import { ownerOf } from '../../../../plugins/mcp-aggregate/core/owners/owner-of.js';
import type { Belonging } from '../../../../plugins/mcp-aggregate/core/owners/owner-of.js';
import { placeOf, standIn } from '../../../../plugins/mcp-aggregate/core/owners/place-of.js';

const all = () => true;
const self = { node: '', slot: 1 };

describe('the owner within a sealed payload', () => {
  it('is read as it was written', () => {
    for (const owner of [
      { node: '', slot: 0 },
      { node: '10.0.0.7:9000', slot: 300 },
    ]) {
      expect(readOwner(writeOwner(owner))).toEqual(owner);
    }
  });

  it('is none where a process was alone', () => {
    expect(writeOwner(undefined)).toHaveLength(0);
    expect(readOwner(Buffer.of())).toBeUndefined();
    expect(readOwner(Buffer.of(1))).toBeUndefined();
    expect(readOwner(Buffer.alloc(400))).toBeUndefined();
  });
});

describe('where a request goes', () => {
  const at = (slot: number, isUp: (slot: number) => boolean = all, count = 4) =>
    placeOf({ node: '', slot }, { self, count, isUp });

  it('is here where it belongs to nobody, or to this worker', () => {
    expect(placeOf(undefined, { self, count: 4, isUp: all })).toEqual({ kind: 'here' });
    expect(at(1)).toEqual({ kind: 'here' });
  });

  it('is the worker that keeps what it is about', () => {
    expect(at(3)).toEqual({ kind: 'sibling', slot: 3 });
  });

  it('is the next worker while that one is down, the same for all who ask', () => {
    expect(at(3, (slot) => slot !== 3)).toEqual({ kind: 'sibling', slot: 0 });
    expect(at(0, (slot) => slot !== 0)).toEqual({ kind: 'here' });
    expect(at(2, (slot) => slot === 1)).toEqual({ kind: 'here' });
  });

  it('is a worker that is left where there were more', () => {
    expect(at(7, all, 4)).toEqual({ kind: 'sibling', slot: 3 });
    expect(standIn(7, 2, (slot) => slot === 0)).toBe(0);
    expect(standIn(1, 2, () => false)).toBeUndefined();
  });

  it('is another node where that keeps it, and this one where a node had no address', () => {
    const owner = { node: 'b.test:9000', slot: 2 };
    const here = { self: { node: 'a.test:9000', slot: 0 }, count: 2, isUp: all };
    expect(placeOf(owner, here)).toEqual({ kind: 'peer', owner });
    expect(placeOf({ node: 'a.test:9000', slot: 1 }, here)).toEqual({ kind: 'sibling', slot: 1 });
    expect(placeOf({ node: '', slot: 1 }, here)).toEqual({ kind: 'sibling', slot: 1 });
  });
});

describe('what a request belongs to', () => {
  const named = (slot: number) => () => ({ node: '', slot });
  const open = { event: named(10), ask: named(11), state: named(12) };
  const session = { id: 'session', owner: { node: '', slot: 13 } };
  const everything: Belonging = {
    eventId: 'e',
    askId: 'a',
    state: 's',
    session,
    conversation: 'c',
  };
  const here = { self, count: 4 };
  const slot = (belonging: Partial<Belonging>, opened = open) =>
    ownerOf({ session: undefined, conversation: undefined, ...belonging }, opened, here)?.slot;

  it('is the stream that is taken up, then the question, then the waiting call, then the session', () => {
    expect(slot(everything)).toBe(10);
    expect(slot({ ...everything, eventId: undefined })).toBe(11);
    expect(slot({ ...everything, eventId: undefined, askId: undefined })).toBe(12);
    expect(slot({ session, conversation: 'c' })).toBe(13);
    expect(slot({ conversation: 'c' })).toBe(slotOf('c', 4));
    expect(slot({})).toBeUndefined();
  });

  it('is its session where what it names opens for nobody', () => {
    const none = { event: () => undefined, ask: () => undefined, state: () => undefined };
    expect(slot(everything, none as unknown as typeof open)).toBe(13);
  });

  it('is on the node of its session, whatever else it names', () => {
    const at = (node: string) => (text: string) => ({ node, slot: text.length });
    const ofB = { event: at('b:1'), ask: at('b:1'), state: at('b:1') };
    const inA = { id: 'session', owner: { node: 'a:1', slot: 5 } };
    const names = [{ eventId: 'e' }, { askId: 'a' }, { state: 's' }];
    const place = (session: Belonging['session'], name: Partial<Belonging>) =>
      ownerOf({ session, conversation: undefined, ...name }, ofB, here);
    for (const name of names) {
      expect(place(inA, name)).toEqual(inA.owner);
      // One from before nodes had addresses is where it is asked for, as is a request without.
      for (const session of [{ id: 'old', owner: { node: '', slot: 5 } }, undefined]) {
        expect(place(session, name)).toEqual({ node: 'b:1', slot: 1 });
      }
    }
  });

  it('is a worker found by the name of a session that began where a process was alone', () => {
    expect(slot({ session: { id: 'old' } })).toBe(slotOf('old', 4));
  });
});

describe('what the messages of a request name', () => {
  const named = (message: unknown) => {
    const bytes = Buffer.from(JSON.stringify(message));
    const read = readMessage(bytes);
    return namedIn(bytes, read.kind === 'single' ? [read.message] : read.messages);
  };

  it('is the question that a response answers', () => {
    expect(named({ jsonrpc: '2.0', id: 'q-\u00e9', result: {} })).toEqual({ askId: 'q-é' });
    expect(named({ jsonrpc: '2.0', id: 4, result: {} })).toEqual({});
  });

  it('is the question that progress is shown on', () => {
    const params = { progressToken: 'q', progress: 1 };
    expect(named({ jsonrpc: '2.0', method: 'notifications/progress', params })).toEqual({
      askId: 'q',
    });
    expect(named({ jsonrpc: '2.0', method: 'notifications/cancelled', params })).toEqual({});
  });

  it('is the call that has waited', () => {
    const call = (requestState: unknown) =>
      named({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 't', requestState } });
    expect(call('state')).toEqual({ state: 'state' });
    expect(call('x'.repeat(2_000))).toEqual({});
    expect(call(7)).toEqual({});
  });
});

describe('slots by name', () => {
  it('are shared out about evenly, and the same each time', () => {
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 4_000; i++) counts[slotOf(`name ${i}`, 4)]! += 1;
    for (const count of counts) expect(count).toBeGreaterThan(850);
    expect(slotOf('x', 4)).toBe(slotOf('x', 4));
    expect(slotOf('x', 1)).toBe(0);
  });
});

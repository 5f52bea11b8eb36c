import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { HandOver } from '../../../../kong/pluginserver/workers/hand-over.js';
import type { Slot } from '../../../../kong/pluginserver/workers/slot.js';
import { decodeArgs } from '../../../../kong/pluginserver/pdk/pdk-methods.js';
import { FrameDecoder } from '../../../../kong/pluginserver/wire/frames.js';

interface FakeSlot {
  live: boolean;
  owed: number;
  readonly got: Socket[];
}

/** A connection, and what Kong reads from it. */
function connection(): { readonly socket: Socket; readonly frames: Buffer[] } {
  const frames: Buffer[] = [];
  const decoder = new FrameDecoder();
  const socket = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      decoder.push(chunk, (frame) => frames.push(frame));
      done();
    },
  });
  return { socket: socket as Socket, frames };
}
const socket = (): Socket => connection().socket;

let slots: FakeSlot[];
let handOver: HandOver;

beforeEach(() => {
  slots = Array.from({ length: 3 }, () => {
    const slot: FakeSlot = { live: true, owed: 0, got: [] };
    return { ...slot, give: (one: Socket) => slot.got.push(one), got: slot.got };
  });
  handOver = new HandOver(slots as unknown as Slot[], 20);
});

const given = () => slots.map(({ got }) => got.length);

describe('connections are handed', () => {
  it('to live workers in turn', () => {
    for (let n = 0; n < 6; n += 1) handOver.take(socket());
    expect(given()).toEqual([2, 2, 2]);
    slots[1]!.live = false;
    for (let n = 0; n < 6; n += 1) handOver.take(socket());
    expect(given()).toEqual([5, 2, 5]);
  });

  it('past one that does not take what it was given', () => {
    slots[0]!.owed = 1;
    for (let n = 0; n < 4; n += 1) handOver.take(socket());
    expect(given()).toEqual([0, 2, 2]);
  });

  it('to the next that lives, where none does', () => {
    for (const slot of slots) slot.live = false;
    handOver.take(socket());
    expect(given()).toEqual([0, 0, 0]);
    slots[2]!.live = true;
    handOver.flush();
    expect(given()).toEqual([0, 0, 1]);
  });

  it.each(['in time', 'before the end'])('or answered 500 where none lives %s', async (when) => {
    for (const slot of slots) slot.live = false;
    const waiting = connection();
    handOver.take(waiting.socket);
    if (when === 'before the end') await handOver.end();
    await vi.waitFor(() => expect(waiting.frames).toHaveLength(2));
    const [method, args] = waiting.frames;
    expect(method?.toString()).toBe('kong.response.exit');
    expect(decodeArgs('kong.response.exit', args!)[0]).toBe(500);
    expect(waiting.socket.writableEnded).toBe(true);
  });
});

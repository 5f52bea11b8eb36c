import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { anonymousIdentity, userKey } from '../../../../lib/identity.js';
import { Sealer } from '../../../../lib/handles/seal.js';
import { ParkedCalls } from '../../../../plugins/mcp-aggregate/endpoint/modern/parked-calls.js';
import type { ParkedCall } from '../../../../plugins/mcp-aggregate/endpoint/modern/parked-calls.js';

const ann = { endpoint: 'e', principal: 'ann', user: 'ann' };
const ben = { endpoint: 'e', principal: 'ben', user: 'ben' };
const nobody = { endpoint: 'e', principal: 'nobody', user: userKey(anonymousIdentity) };
const minute = 60_000;

let abandoned = 0;
const call = (about = 'x'): ParkedCall =>
  ({ about, server: 's', abandon: () => (abandoned += 1) }) as unknown as ParkedCall;

describe('calls that wait for their clients', () => {
  let parked: ParkedCalls;
  beforeEach(() => {
    abandoned = 0;
    vi.useFakeTimers();
    const sealer = new Sealer([randomBytes(32)], Date.now);
    parked = new ParkedCalls(sealer, Date.now, 10 * minute, { all: 8, ofOne: 3 });
  });
  afterEach(() => vi.useRealTimers());

  const fill = (owner: typeof ann, count: number) =>
    Array.from({ length: count }, () => parked.park(owner, call()));

  it('are some of one caller at most, so that there is room for others', () => {
    fill(ann, 3);
    expect(() => parked.park(ann, call())).toThrow('too many calls wait');
    expect(() => parked.park({ ...ann, principal: 'by another client' }, call())).toThrow();
    expect(() => parked.park(ben, call())).not.toThrow();
  });

  it('of callers without an identity, half of all there may be', () => {
    fill(nobody, 4);
    expect(() => parked.park(nobody, call())).toThrow('too many calls wait');
    expect(() => parked.park(ann, call())).not.toThrow();
  });

  it('make room when they are taken, when their time is over, and at the end', async () => {
    const [first] = fill(ann, 3);
    expect(parked.take(ann, first!, 'x')).toMatchObject({ server: 's' });
    expect(fill(ann, 1)).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(10 * minute);
    expect({ size: parked.size, abandoned }).toEqual({ size: 0, abandoned: 3 });
    fill(ann, 3);
    parked.close();
    expect({ size: parked.size, abandoned }).toEqual({ size: 0, abandoned: 6 });
    expect(fill(ann, 3)).toHaveLength(3);
  });

  it('wait no longer than the credential of their caller lasts', async () => {
    const state = parked.park(ann, call(), minute);
    await vi.advanceTimersByTimeAsync(minute - 1);
    expect(abandoned).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(abandoned).toBe(1);
    expect(() => parked.take(ann, state, 'x')).toThrow('not valid here');
  });

  it('open for nobody else, nor for another call', () => {
    const [state] = fill(ann, 1);
    expect(() => parked.take(ben, state!, 'x')).toThrow('not valid here');
    expect(() => parked.take({ ...ann, endpoint: 'f' }, state!, 'x')).toThrow('not valid here');
    expect(() => parked.take(ann, state!, 'y')).toThrow('not valid here');
    expect(parked.take(ann, state!, 'x')).toBeDefined();
    expect(() => parked.take(ann, state!, 'x')).toThrow('not valid here');
  });
});

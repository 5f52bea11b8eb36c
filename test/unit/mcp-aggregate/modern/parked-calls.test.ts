import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { anonymousIdentity, userKey } from '../../../../lib/identity/identity.js';
import { Sealer } from '../../../../lib/handles/seal.js';
import { RequestStates } from '../../../../plugins/mcp-aggregate/endpoint/modern/rounds/request-states.js';
import { ParkedCalls } from '../../../../plugins/mcp-aggregate/endpoint/modern/rounds/parked-calls.js';
import type { ParkedCall } from '../../../../plugins/mcp-aggregate/endpoint/modern/rounds/parked-calls.js';

const ann = { endpoint: 'e', principal: 'ann', user: 'ann' };
const ben = { endpoint: 'e', principal: 'ben', user: 'ben' };
type Owner = typeof ann;
const nobody = { endpoint: 'e', principal: 'nobody', user: userKey(anonymousIdentity) };
const minute = 60_000;

let abandoned = 0;
const call = (about = 'x'): ParkedCall =>
  ({
    about,
    configuration: 'c',
    server: 's',
    abandon: () => (abandoned += 1),
  }) as unknown as ParkedCall;

describe('calls that wait for their clients', () => {
  let parked: ParkedCalls;
  let states: RequestStates;
  beforeEach(() => {
    abandoned = 0;
    vi.useFakeTimers();
    const sealer = new Sealer([randomBytes(32)], Date.now);
    states = new RequestStates(sealer, Date.now);
    parked = new ParkedCalls(states, 10 * minute, { all: 8, ofOne: 3 });
  });
  afterEach(() => vi.useRealTimers());

  const fill = (owner: typeof ann, count: number) =>
    Array.from({ length: count }, () => parked.park(owner, call()).state);
  const take = (owner: Pick<Owner, 'endpoint' | 'principal'>, state: string, about = 'x') => {
    const opened = states.open(owner, state);
    if (opened.kind !== 'parked') throw new Error('not a parked call');
    return parked.take(opened.id, { about, configuration: 'c' });
  };

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
    expect(take(ann, first!)).toMatchObject({ server: 's' });
    expect(fill(ann, 1)).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(10 * minute);
    expect({ size: parked.size, abandoned }).toEqual({ size: 0, abandoned: 3 });
    fill(ann, 3);
    parked.close();
    expect({ size: parked.size, abandoned }).toEqual({ size: 0, abandoned: 6 });
    expect(fill(ann, 3)).toHaveLength(3);
  });

  it('wait no longer than the credential of their caller lasts', async () => {
    const { state } = parked.park(ann, call(), minute);
    await vi.advanceTimersByTimeAsync(minute - 1);
    expect(abandoned).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(abandoned).toBe(1);
    expect(() => take(ann, state)).toThrow('not valid here');
  });

  it('open for nobody else, nor for another call', () => {
    const [state] = fill(ann, 1);
    expect(() => take(ben, state!)).toThrow('not valid here');
    expect(() => take({ ...ann, endpoint: 'f' }, state!)).toThrow('not valid here');
    expect(() => take(ann, state!, 'y')).toThrow('not valid here');
    expect(take(ann, state!)).toBeDefined();
    expect(() => take(ann, state!)).toThrow('not valid here');
  });

  it('are a thousand at most, of whomever', () => {
    const many = new ParkedCalls(states, 10 * minute);
    const callers = Array.from({ length: 40 }, (_, n) => ({ ...ann, user: `user ${n}` }));
    let kept = 0;
    for (const owner of callers) {
      for (let n = 0; n < 26; n++) {
        try {
          many.park(owner, call());
          kept += 1;
        } catch (error) {
          expect(error).toMatchObject({ code: 'overloaded' });
        }
      }
    }
    expect({ kept, size: many.size }).toEqual({ kept: 1_000, size: 1_000 });
    many.close();
    expect({ size: many.size, abandoned }).toEqual({ size: 0, abandoned: 1_000 });
  });

  it('go on waiting where what the client brings is of no use, or it never got the state', () => {
    const { state, leave } = parked.park(ann, call());
    const opened = states.open(ann, state);
    const id = opened.kind === 'parked' ? opened.id : '';
    const refuse = () => {
      throw new Error('no answer');
    };
    expect(() => parked.take(id, { about: 'x', configuration: 'd' })).toThrow('not valid here');
    expect(() => parked.take(id, { about: 'x', configuration: 'c' }, refuse)).toThrow('no answer');
    expect(parked.size).toBe(1);
    leave();
    leave();
    expect({ size: parked.size, abandoned }).toEqual({ size: 0, abandoned: 1 });
  });
});

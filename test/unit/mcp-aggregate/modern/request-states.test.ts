import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Sealer } from '../../../../lib/handles/seal.js';
import { RequestStates } from '../../../../plugins/mcp-aggregate/endpoint/modern/rounds/request-states.js';
import type { AskedRound } from '../../../../plugins/mcp-aggregate/endpoint/modern/rounds/request-states.js';

const ann = { endpoint: 'e', principal: 'ann' };
const minute = 60_000;
const round: AskedRound = {
  kind: 'round',
  server: 's',
  about: 'x',
  asked: [['a\n"', 'roots/list']],
  state: Buffer.from('"\\u0061 of\\nits own"'),
};

describe('what clients without sessions carry for the gateway', () => {
  let now = 1_000_000;
  const secret = randomBytes(32);
  const states = new RequestStates(new Sealer([secret], () => now), () => now);

  it('comes back as it was, the state of the server to the byte', () => {
    for (const said of [round, { ...round, state: undefined }, { ...round, asked: [] }] as const) {
      expect(states.open(ann, states.seal(ann, said, minute))).toEqual(said);
    }
    const kept = { kind: 'parked', id: 'abc' } as const;
    expect(states.open(ann, states.seal(ann, kept, minute))).toEqual(kept);
  });

  it('opens after a restart with the same key, and not with another', () => {
    const sealed = states.seal(ann, round, minute);
    const again = new RequestStates(new Sealer([secret], () => now), () => now);
    expect(again.open(ann, sealed)).toEqual(round);
    const other = new RequestStates(new Sealer([randomBytes(32)], () => now), () => now);
    expect(() => other.open(ann, sealed)).toThrow('not valid here');
  });

  it('opens for nobody else, nowhere else, not altered, not shortened and not later', () => {
    const sealed = states.seal(ann, round, minute);
    const flipped = sealed.slice(0, 60) + (sealed[60] === 'A' ? 'B' : 'A') + sealed.slice(61);
    for (const text of [flipped, sealed.slice(0, -1), `${sealed}A`, '', 'x', ` ${sealed}`]) {
      expect(() => states.open(ann, text)).toThrow('not valid here');
    }
    expect(() => states.open({ ...ann, principal: 'ben' }, sealed)).toThrow('not valid here');
    expect(() => states.open({ ...ann, endpoint: 'f' }, sealed)).toThrow('not valid here');
    now += minute;
    expect(() => states.open(ann, sealed)).toThrow('not valid here');
  });

  it('may be large, within a bound', () => {
    const large = { ...round, state: Buffer.from(`"${'a'.repeat(65_534)}"`) };
    const opened = states.open(ann, states.seal(ann, large, minute));
    expect(opened.kind === 'round' && opened.state?.equals(large.state)).toBe(true);
    const tooLarge = { ...round, state: Buffer.alloc(74_000, 0x61) };
    expect(() => states.seal(ann, tooLarge, minute)).toThrow(/too large/);
  });
});

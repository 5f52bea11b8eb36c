import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Sealer } from '../../../../lib/handles/seal.js';
import { AskIds } from '../../../../plugins/mcp-aggregate/endpoint/questions/ask-ids.js';
import { RequestStates } from '../../../../plugins/mcp-aggregate/endpoint/modern/rounds/request-states.js';
import { Sessions } from '../../../../plugins/mcp-aggregate/endpoint/sessions/sessions.js';

const sealer = new Sealer([randomBytes(32)]);
const caller = { endpoint: 'route:a', principal: 'p' };
const other = { endpoint: 'route:a', principal: 'q' };
const owner = { node: 'node.test:9000', slot: 3 };
const alone = new Sessions(sealer, Date.now);
const one = new Sessions(sealer, Date.now, { self: owner });

describe('sessions', () => {
  it('name the process that they began at, to whichever opens them', () => {
    const text = one.mint(caller, '2025-06-18', 1_000, 5);
    const opened = { version: '2025-06-18', capabilities: 5, owner };
    expect(alone.open(caller, text)).toMatchObject(opened);
    expect(one.open(other, text)).toBeUndefined();
  });

  it('of a process that was alone name none, and open as before', () => {
    const session = one.open(caller, alone.mint(caller, '2025-06-18', 1_000));
    expect(session?.version).toBe('2025-06-18');
    expect(session?.owner).toBeUndefined();
  });
});

describe('questions', () => {
  const ids = new AskIds(sealer, Date.now, owner);

  it('name the process that waits for the answer, to nobody but the caller', () => {
    const id = ids.mint(caller, 1_000);
    expect(ids.ownerOf(caller, id)).toEqual(owner);
    expect(ids.ownerOf(other, id)).toBeUndefined();
    expect(ids.ownerOf(caller, 'made-up')).toBeUndefined();
    expect(ids.mint(caller, 1_000)).not.toBe(id);
  });
});

describe('calls that wait', () => {
  const states = new RequestStates(sealer, Date.now, owner);
  const before = new RequestStates(sealer, Date.now);

  it('name the process that keeps them', () => {
    const text = states.seal(caller, { kind: 'parked', id: 'call-1' }, 1_000);
    expect(states.ownerOf(caller, text)).toEqual(owner);
    expect(states.ownerOf(other, text)).toBeUndefined();
    expect(before.open(caller, text)).toEqual({ kind: 'parked', id: 'call-1' });
  });

  it('of a process that was alone name none', () => {
    const text = before.seal(caller, { kind: 'parked', id: 'call-1' }, 1_000);
    expect(states.ownerOf(caller, text)).toBeUndefined();
    expect(states.open(caller, text)).toEqual({ kind: 'parked', id: 'call-1' });
  });

  it('at servers without sessions may go on anywhere', () => {
    const round = { kind: 'round', server: 's', about: 'a', asked: [], state: undefined } as const;
    const text = states.seal(caller, round, 1_000);
    expect(states.ownerOf(caller, text)).toBeUndefined();
    expect(before.open(caller, text)).toEqual(round);
  });
});

import { describe, expect, it } from 'vitest';
import type { Identity } from '../../../../../lib/identity/identity.js';
import type { CallEvent } from '../../../../../plugins/mcp-aggregate/core/calls/call.js';
import { circuitRig, done, late, lost } from '../../../../support/upstreams/circuit-rig.js';

describe('circuits and those who call', () => {
  const user = (subject: string, clientId = 'c'): Identity => ({
    issuer: 'https://issuer',
    subject,
    clientId,
    scopes: [],
    claims: {},
  });

  function asUsers(failures = 3) {
    const set = circuitRig({ failures });
    const { circuits } = set;
    const as = (caller: Identity, tool: string | undefined, ...events: CallEvent[]) => {
      for (const event of events) {
        const refusal = circuits.refusal(tool, caller);
        if (refusal) return refusal;
        circuits.settle(tool, circuits.mark, event, caller);
      }
      return undefined;
    };
    return { ...set, as };
  }

  it('one user’s failures close a tool to that user alone, whichever client they use', () => {
    const { as } = asUsers();
    for (let n = 0; n < 10; n++) as(user('ann', `client ${n}`), 'slow', late);
    const refusal = as(user('ann', 'another'), 'slow', done);
    expect(refusal?.message).toBe(
      'server srv is not asked for its tool slow, which failed 3 times in a row for this caller; it is tried again in 1 s',
    );
    expect(as(user('ben'), 'slow', done)).toBeUndefined();
  });

  it('calls of one user side by side, too', () => {
    const { circuits, as } = asUsers();
    for (let n = 0; n < 20; n++) circuits.settle('slow', circuits.mark, late, user('ann'));
    expect(as(user('ben'), 'slow', done)).toBeUndefined();
  });

  it('nor does one user close the server to others, by several tools or by none', () => {
    const { circuits, as } = asUsers();
    as(user('ann'), 'a', late, late, late);
    as(user('ann'), 'b', late, late, late);
    as(user('ann'), undefined, late, late, late);
    expect(as(user('ann'), 'c', done)?.code).toBe('circuit_open');
    expect(as(user('ben'), 'c', late)).toBeUndefined();
    expect(as(user('ben'), 'c', done)).toBeUndefined();
    expect(circuits.state).toBe('open');
  });

  it.each([1, 2, 3, 5, 10])(
    'failures of one user add no more than a third of a row of %d, however many there are',
    (failures) => {
      const { circuits, as } = asUsers(failures);
      for (let n = 0; n < 100; n++) circuits.settle('slow', circuits.mark, late, user('mallory'));
      const [ben, cleo] = [user('ben'), user('cleo')];
      const share = Math.ceil(failures / 3);
      as(ben, 'slow', ...Array.from({ length: Math.min(share, failures - 1) }, () => late));
      expect(as(cleo, 'slow', done)).toBeUndefined();
    },
  );

  it('a tool is closed to all where three users fail', () => {
    const { circuits, as } = asUsers();
    for (const name of ['ann', 'ben']) as(user(name), 'slow', late);
    expect(circuits.refusal('slow', user('dora'))).toBeUndefined();
    as(user('cleo'), 'slow', late);
    const refusal = as(user('dora'), 'slow', done);
    expect(refusal?.message).toBe(
      'server srv is not asked for its tool slow, which failed 3 callers in a row; it is tried again in 1 s',
    );
    expect(as(user('dora'), 'quick', done)).toBeUndefined();
  });

  it('a server is closed to all where several tools fail several users, whoever is left out', () => {
    const { circuits, as } = asUsers();
    as(user('mallory'), 'a', late);
    as(user('mallory'), 'b', late);
    for (const name of ['ben', 'cleo', 'dora']) as(user(name), 'slow', late);
    expect(as(user('emil'), 'quick', late)).toBeUndefined();
    expect(circuits.refusal('other', user('fay'))?.message).toMatch(
      /^server srv is left alone: it failed \d callers in a row; /,
    );
  });

  it('what another user gets through says nothing of one whose own calls fail', () => {
    const { clock, as } = asUsers();
    as(user('mallory'), 'slow', late, late, late);
    expect(as(user('ben'), 'slow', done)).toBeUndefined();
    expect(as(user('mallory'), 'slow', late)?.code).toBe('circuit_open');
    clock.now += 1000;
    expect(as(user('mallory'), 'slow', done, done)).toBeUndefined();
  });

  it('what was closed to all is open to all with the first call that gets through', () => {
    const { clock, circuits, as } = asUsers();
    as(user('ann'), 'slow', late, late, late);
    for (const name of ['ben', 'cleo']) as(user(name), 'slow', late);
    clock.now += 1000;
    expect(as(user('ben'), 'slow', done)).toBeUndefined();
    expect(circuits.openTools).toEqual([]);
    expect(as(user('ann'), 'slow', done)).toBeUndefined();
  });

  it('nobody holds the trial of what is closed to all, by calls that hang or that fail', () => {
    const { clock, circuits, as } = asUsers();
    for (const name of ['mallory', 'ben', 'cleo']) as(user(name), 'slow', late);
    clock.now += 1000;
    expect(circuits.refusal('slow', user('mallory'))).toBeUndefined();
    expect(circuits.refusal('slow', user('mallory'))?.data).toMatchObject({ state: 'half_open' });
    circuits.settle('slow', circuits.mark, late, user('mallory'));
    expect(circuits.refusal('slow', user('mallory'))).toBeUndefined();
    expect(as(user('ben'), 'slow', done)).toBeUndefined();
    expect(circuits.openTools).toEqual([]);
  });

  it('stays closed twice as long where three users have tried it in vain', () => {
    const { clock, circuits, as } = asUsers();
    const names = ['ann', 'ben', 'cleo', 'dora'];
    for (const name of names.slice(0, 3)) as(user(name), 'slow', late);
    clock.now += 1000;
    for (const name of names.slice(0, 3)) {
      expect(circuits.refusal('slow', user(name))).toBeUndefined();
    }
    expect(circuits.refusal('slow', user('dora'))?.message).toMatch(/it is being tried now$/);
    for (const name of names.slice(0, 3)) {
      circuits.settle('slow', circuits.mark, late, user(name));
    }
    expect(circuits.refusal('slow', user('dora'))?.data).toMatchObject({ retry_after_ms: 2000 });
  });

  it('when its time has come, the one it concerns is let through once, others as often as they like', () => {
    const { clock, circuits, as } = asUsers();
    as(user('ann'), 'slow', late, late, late);
    clock.now += 1000;
    expect(circuits.refusal('slow', user('ann'))).toBeUndefined();
    expect(circuits.refusal('slow', user('ben'))).toBeUndefined();
    expect(circuits.refusal('slow', user('ann'))?.data).toMatchObject({ state: 'half_open' });
    expect(circuits.refusal('slow', user('ben'))).toBeUndefined();
    circuits.settle('slow', circuits.mark, late, user('ann'));
    expect(circuits.refusal('slow', user('ann'))?.data).toMatchObject({ retry_after_ms: 2000 });
  });

  it('a connection that breaks counts once for each user, however many of their calls it ends', () => {
    const { circuits } = asUsers();
    const { mark } = circuits;
    for (let n = 0; n < 10; n++) {
      for (const name of ['ann', 'ben']) circuits.settle('slow', mark, lost, user(name));
    }
    expect(circuits.openTools).toEqual([]);
  });
});

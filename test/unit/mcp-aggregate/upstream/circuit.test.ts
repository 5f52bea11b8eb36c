import { describe, expect, it } from 'vitest';
import { errorTable } from '../../../../lib/errors.js';
import type { McpError } from '../../../../lib/errors.js';
import type { Identity } from '../../../../lib/identity.js';
import type { CallEvent } from '../../../../plugins/mcp-aggregate/core/call.js';
import { Circuits } from '../../../../plugins/mcp-aggregate/upstream/circuits.js';
import {
  cancelled,
  failEvent,
  protocolBroken,
  timedOut,
  tooLarge,
  unavailable,
} from '../../../../plugins/mcp-aggregate/upstream/failures.js';

const done: CallEvent = { type: 'done', result: Buffer.from('{}') };
const fail = (error: McpError): CallEvent => failEvent('srv', error);
const late = fail(timedOut('srv', 700));
const lost = fail(unavailable('srv', 'broke the connection'));
const answered: CallEvent = {
  type: 'fail',
  failure: { kind: 'answered', error: Buffer.from('{"code":-32603,"message":"no"}') },
};

function setUp({ failures = 3, openMs = 1000 } = {}) {
  const clock = { now: 5_000_000 };
  const circuits = new Circuits('srv', { failures, openMs }, () => clock.now);
  /** One call after another, as far as they may pass; answers why the first was refused. */
  const call = (tool: string | undefined, ...events: CallEvent[]) => {
    for (const event of events) {
      const refusal = circuits.refusal(tool);
      if (refusal) return refusal;
      circuits.settle(tool, circuits.mark, event);
    }
    return undefined;
  };
  return { clock, circuits, call };
}

describe('circuit of a tool', () => {
  it('opens after a row of failures, and the error says what, why and until when', () => {
    const { circuits, call } = setUp();
    expect(call('slow', late, late, late)).toBeUndefined();
    const refusal = call('slow', late);
    expect(refusal?.code).toBe('circuit_open');
    expect(errorTable.circuit_open.rpc).toBe(-31010);
    expect(refusal?.message).toBe(
      'server srv is not asked for its tool slow, which failed 3 times in a row; it is tried again in 1 s',
    );
    expect(refusal?.data).toEqual({
      server: 'srv',
      tool: 'slow',
      state: 'open',
      retry_after_ms: 1000,
    });
    expect(circuits.openTools).toEqual(['slow']);
  });

  it('leaves the other tools and the server alone', () => {
    const { circuits, call } = setUp();
    call('slow', ...Array.from({ length: 20 }, () => late));
    expect(circuits.state).toBe('closed');
    expect(call('quick', done)).toBeUndefined();
  });

  it('needs failures in a row: a success between them counts them anew', () => {
    const { circuits, call } = setUp();
    call('slow', late, late, done, late, late);
    expect(circuits.openTools).toEqual([]);
  });

  it('lets one call through when its time has come, and closes when that succeeds', () => {
    const { clock, circuits, call } = setUp();
    call('slow', late, late, late);
    clock.now += 999;
    expect(call('slow', done)?.code).toBe('circuit_open');
    clock.now += 1;
    expect(circuits.refusal('slow')).toBeUndefined();
    const second = circuits.refusal('slow');
    expect(second?.data).toEqual({ server: 'srv', tool: 'slow', state: 'half_open' });
    expect(second?.message).toMatch(/it is being tried now$/);
    circuits.settle('slow', circuits.mark, done);
    expect(circuits.openTools).toEqual([]);
    expect(call('slow', done, done)).toBeUndefined();
  });

  it('stays open twice as long after each trial that fails, up to five minutes', () => {
    const { clock, call } = setUp();
    call('slow', late, late, late);
    const waits = Array.from({ length: 11 }, () => {
      const wait = Number(call('slow', late)?.data?.['retry_after_ms']);
      clock.now += wait;
      call('slow', late);
      return wait;
    });
    expect(waits.slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
    expect(waits.slice(-2)).toEqual([300_000, 300_000]);
  });

  it('a trial that nobody waits for, or that is cancelled, makes room for the next', () => {
    const { clock, circuits, call } = setUp();
    call('slow', late, late, late);
    clock.now += 1000;
    expect(circuits.refusal('slow')).toBeUndefined();
    circuits.settle('slow', circuits.mark, undefined);
    expect(call('slow', fail(cancelled('srv')))).toBeUndefined();
    expect(call('slow', done)).toBeUndefined();
    expect(circuits.openTools).toEqual([]);
  });
});

describe('circuit of a server', () => {
  it('opens when several tools fail with no success between', () => {
    const { circuits, call } = setUp();
    call('a', lost, lost);
    call('b', lost);
    expect(circuits.state).toBe('open');
    const refusal = call('c', done);
    expect(refusal?.message).toBe(
      'server srv is left alone: it failed 3 times in a row; it is tried again in 1 s',
    );
    expect(refusal?.data).toEqual({ server: 'srv', state: 'open', retry_after_ms: 1000 });
  });

  it('opens when calls other than of tools fail', () => {
    const { circuits, call } = setUp();
    call(undefined, late, late, late);
    expect(circuits.state).toBe('open');
  });

  it('a tool that is left alone is not what the server is tried with', () => {
    const { clock, circuits, call } = setUp();
    call('a', late, late, late);
    call('b', late);
    expect(circuits.state).toBe('open');
    clock.now += 999;
    expect(call('a', late)?.data).toEqual(expect.objectContaining({ server: 'srv' }));
    clock.now += 1;
    expect(circuits.state).toBe('half_open');
    expect(circuits.refusal('b')).toBeUndefined();
    circuits.settle('b', circuits.mark, done);
    expect(circuits.state).toBe('closed');
  });

  it.each([
    ['errors the server answers', answered],
    ['answers that are too large', fail(tooLarge('srv', 'much', 1))],
    ['calls that are cancelled', fail(cancelled('srv'))],
    [
      "refusals of one caller's credential",
      fail(unavailable('srv', 'no', 'failing', { status: 401 })),
    ],
    ['callers without a credential', fail(unavailable('srv', 'no', 'ready'))],
    ['requests it does not understand', fail(protocolBroken('srv', 'no', { status: 400 }))],
    ['calls not sent', fail(unavailable('srv', 'no', 'failing', { retry_after_ms: 5 }))],
  ])('%s do not count', (_what, event) => {
    const { circuits, call } = setUp();
    const many = Array.from({ length: 10 }, () => event);
    expect(call('a', ...many) ?? call(undefined, ...many)).toBeUndefined();
    expect([circuits.state, circuits.openTools]).toEqual(['closed', []]);
  });

  it.each([
    ['deadlines', late],
    ['lost connections', lost],
    ['HTTP 5xx', fail(unavailable('srv', 'no', 'failing', { status: 503 }))],
    ['what is not MCP', fail(protocolBroken('srv', 'lied'))],
  ])('%s count', (_what, event) => {
    const { circuits, call } = setUp();
    call(undefined, event, event, event);
    expect(circuits.state).toBe('open');
  });

  it('one broken connection counts once, however many calls it ends; deadlines count each', () => {
    const { circuits } = setUp();
    const { mark } = circuits;
    for (let call = 0; call < 10; call++) circuits.settle(undefined, mark, lost);
    expect(circuits.state).toBe('closed');
    for (let call = 0; call < 3; call++) circuits.settle(undefined, mark, late);
    expect(circuits.state).toBe('open');
  });

  it('a late success of a call sent before closes it', () => {
    const { circuits, call } = setUp();
    call(undefined, late, late, late);
    circuits.settle(undefined, 0, done);
    expect(circuits.state).toBe('closed');
  });

  it('remembers a bounded number of tools', () => {
    const { circuits, call } = setUp({ failures: 1 });
    for (let tool = 0; tool < 1030; tool++) {
      call(`t${tool}`, late);
      circuits.settle('fine', circuits.mark, done);
    }
    expect(circuits.openTools).toHaveLength(1024);
    expect(circuits.openTools.at(-1)).toBe('t1029');
  });
});

describe('circuits and those who call', () => {
  const user = (subject: string, clientId = 'c'): Identity => ({
    issuer: 'https://issuer',
    subject,
    clientId,
    scopes: [],
    claims: {},
  });

  function asUsers(failures = 3) {
    const set = setUp({ failures });
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
    expect(circuits.state).toBe('open');
  });

  it('where a second user fails too, a tool is closed to all', () => {
    const { as } = asUsers();
    as(user('ann'), 'slow', late, late, late);
    expect(as(user('ben'), 'slow', late)).toBeUndefined();
    for (const name of ['ann', 'ben', 'cleo']) {
      expect(as(user(name), 'slow', done)?.code).toBe('circuit_open');
    }
  });

  it('what another user gets through opens it to all again', () => {
    const { circuits, as } = asUsers();
    as(user('ann'), 'slow', late, late, late);
    as(user('ben'), 'slow', done);
    expect(circuits.openTools).toEqual([]);
    expect(as(user('ann'), 'slow', done)).toBeUndefined();
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
});

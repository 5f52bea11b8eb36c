import { describe, expect, it } from 'vitest';
import { errorTable } from '../../../../../lib/errors/errors.js';
import type { CallEvent } from '../../../../../plugins/mcp-aggregate/core/calls/call.js';
import {
  cancelled,
  protocolBroken,
  tooLarge,
  unavailable,
} from '../../../../../plugins/mcp-aggregate/upstream/failure/failures.js';
import { circuitRig, done, fail, late, lost } from '../../../../support/upstreams/circuit-rig.js';

const answered: CallEvent = {
  type: 'fail',
  failure: { kind: 'answered', error: Buffer.from('{"code":-32603,"message":"no"}') },
};

describe('circuit of a tool', () => {
  it('opens after a row of failures, and the error says what, why and until when', () => {
    const { circuits, call } = circuitRig();
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
    const { circuits, call } = circuitRig();
    call('slow', ...Array.from({ length: 20 }, () => late));
    expect(circuits.state).toBe('closed');
    expect(call('quick', done)).toBeUndefined();
  });

  it('needs failures in a row: a success between them counts them anew', () => {
    const { circuits, call } = circuitRig();
    call('slow', late, late, done, late, late);
    expect(circuits.openTools).toEqual([]);
  });

  it('lets one call through when its time has come, and closes when that succeeds', () => {
    const { clock, circuits, call } = circuitRig();
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
    const { clock, call } = circuitRig();
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
    const { clock, circuits, call } = circuitRig();
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
    const { circuits, call } = circuitRig();
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
    const { circuits, call } = circuitRig();
    call(undefined, late, late, late);
    expect(circuits.state).toBe('open');
  });

  it('a tool that is left alone is not what the server is tried with', () => {
    const { clock, circuits, call } = circuitRig();
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
    const { circuits, call } = circuitRig();
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
    const { circuits, call } = circuitRig();
    call(undefined, event, event, event);
    expect(circuits.state).toBe('open');
  });

  it('one broken connection counts once, however many calls it ends; deadlines count each', () => {
    const { circuits } = circuitRig();
    const { mark } = circuits;
    for (let call = 0; call < 10; call++) circuits.settle(undefined, mark, lost);
    expect(circuits.state).toBe('closed');
    for (let call = 0; call < 3; call++) circuits.settle(undefined, mark, late);
    expect(circuits.state).toBe('open');
  });

  it('a late success of a call sent before closes it', () => {
    const { circuits, call } = circuitRig();
    call(undefined, late, late, late);
    circuits.settle(undefined, 0, done);
    expect(circuits.state).toBe('closed');
  });

  it('remembers a bounded number of tools', () => {
    const { circuits, call } = circuitRig({ failures: 1 });
    for (let tool = 0; tool < 1030; tool++) {
      call(`t${tool}`, late);
      circuits.settle('fine', circuits.mark, done);
    }
    expect(circuits.openTools.length).toBeLessThanOrEqual(1024);
    expect(circuits.openTools).not.toContain('t3');
    expect(circuits.openTools).toContain('t1029');
  });

  it('failures that lie far apart are no row', () => {
    const { clock, circuits, call } = circuitRig();
    for (let n = 0; n < 10; n++) {
      call('slow', late);
      clock.now += 900_001;
    }
    expect(circuits.openTools).toEqual([]);
  });
});

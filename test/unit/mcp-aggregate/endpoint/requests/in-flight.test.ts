import { describe, expect, it } from 'vitest';
import { InFlight } from '../../../../../plugins/mcp-aggregate/endpoint/requests/in-flight.js';

const scope = { endpoint: 'e', principal: 'p', session: undefined, user: 'u' };
const inSession = { ...scope, session: 's' };

describe('InFlight', () => {
  it('takes so many calls of one user, by whichever client, and others still', () => {
    const calls = new InFlight(10, 2);
    const first = calls.begin(scope, '1');
    calls.begin({ ...scope, principal: 'another client' }, '2');
    expect(() => calls.begin({ ...scope, principal: 'a third' }, '3')).toThrow('has 2 calls');
    expect(() => calls.begin({ ...scope, user: 'other' }, '3')).not.toThrow();
    first.end();
    first.end();
    expect(() => calls.begin(scope, '4')).not.toThrow();
    expect(() => calls.begin(scope, '5')).toThrow('has 2 calls');
  });

  it('forgets a call that has ended', () => {
    const calls = new InFlight();
    const call = calls.begin(scope, '1');
    call.end();
    call.end();
    expect(calls.size).toBe(0);
    calls.cancel(scope, '1');
    expect(call.signal.aborted).toBe(false);
  });

  it('aborts none of two calls with one id where no session tells whose is meant', () => {
    const calls = new InFlight();
    const twins = [calls.begin(scope, '1'), calls.begin(scope, '1')];
    calls.cancel(scope, '1');
    expect(twins.map(({ signal }) => signal.aborted)).toEqual([false, false]);
  });

  it('aborts all of one session’s calls with that id', () => {
    const calls = new InFlight();
    const twins = [calls.begin(inSession, '1'), calls.begin(inSession, '1')];
    calls.cancel(inSession, '1');
    expect(twins.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  });

  it.each([
    { ...inSession, endpoint: 'x' },
    { ...inSession, principal: 'x' },
    { ...inSession, session: 'x' },
    scope,
  ])('does not abort a call of another scope: %j', (other) => {
    const calls = new InFlight();
    const call = calls.begin(inSession, '1');
    calls.cancel(other, '1');
    expect(call.signal.aborted).toBe(false);
  });

  it('refuses calls beyond its bound, and takes them again when one has ended', () => {
    const calls = new InFlight(1);
    const first = calls.begin(scope, '1');
    expect(() => calls.begin(scope, '2')).toThrow(
      expect.objectContaining({ code: 'overloaded' }) as Error,
    );
    first.end();
    expect(() => calls.begin(scope, '2')).not.toThrow();
  });
  it('keeps room for others, however many calls one user has', () => {
    const calls = new InFlight(100);
    const all = () => {
      for (let id = 0; ; id++) calls.begin(scope, String(id));
    };
    expect(all).toThrow(expect.objectContaining({ code: 'overloaded' }) as Error);
    expect(calls.size).toBe(75);
    expect(() => calls.begin({ ...scope, user: 'other' }, '1')).not.toThrow();
  });
});

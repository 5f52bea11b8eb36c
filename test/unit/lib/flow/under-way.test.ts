import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { begin, mostOf } from '../../../../lib/flow/under-way.js';

let now = 1_000_000;
beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  vi.restoreAllMocks();
});

function takes(ms: number, work: string, subject?: string): void {
  begin(work, subject);
  now += ms;
}

describe('what took most of a time', () => {
  it('is the work that had begun, until the next began', () => {
    const from = now;
    takes(5, 'phase', 'mcp-oauth');
    takes(15, 'server_message', 'files');
    takes(6, 'request');
    expect(mostOf(from, now)).toEqual({ work: 'server_message', subject: 'files', ms: 15 });
  });

  it('is counted together for work that came in pieces', () => {
    const from = now;
    for (let n = 0; n < 4; n++) {
      takes(4, 'server_message', 'chatty');
      takes(5, 'request', String(n));
    }
    expect(mostOf(from, now)).toEqual({ work: 'server_message', subject: 'chatty', ms: 16 });
  });

  it('counts what had begun before from then on, and what goes on up to the end', () => {
    takes(30, 'list', 'files');
    const from = now;
    takes(10, 'list', 'files');
    takes(4, 'request');
    expect(mostOf(from, now)).toEqual({ work: 'list', subject: 'files', ms: 10 });
    expect(mostOf(from, now + 7)).toEqual({ work: 'request', subject: '', ms: 11 });
  });

  it('is told of the latest of more beginnings than are kept', () => {
    const from = now;
    for (let n = 0; n < 1_000; n++) takes(1, 'request', String(n));
    takes(5, 'phase', 'last');
    expect(mostOf(from, now)).toMatchObject({ work: 'phase', subject: 'last', ms: 5 });
  });

  it('is nothing known where nothing was told in that time', () => {
    expect(mostOf(now + 5, now + 5)).toEqual({ work: 'other', subject: '', ms: 0 });
  });
});

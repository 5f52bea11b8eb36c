import { describe, expect, it } from 'vitest';
import { Presence } from '../../../../lib/fewer-calls/presence.js';
import { answerOf } from '../../../support/fewer-calls.js';

describe('whether the function is there', () => {
  it('is told by the first request', () => {
    const presence = new Presence();
    expect([presence.asks, presence.doubtful]).toEqual([true, true]);
    expect(presence.answered(answerOf('word'))?.text()).toBe('word');
    expect([presence.asks, presence.doubtful]).toEqual([true, false]);
  });

  it.each([null, undefined, new Uint8Array()])('is not asked again after %s', (bytes) => {
    const presence = new Presence();
    expect(presence.answered(bytes)).toBeUndefined();
    expect(presence.asks).toBe(false);
  });

  it('is each request’s own: one without an answer is not taken for one with', () => {
    const presence = new Presence();
    presence.answered(answerOf('word'));
    expect(presence.answered(null)).toBeUndefined();
    expect([presence.asks, presence.doubtful]).toEqual([true, false]);
  });
});

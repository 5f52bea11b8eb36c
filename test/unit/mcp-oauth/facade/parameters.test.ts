import { describe, expect, it } from 'vitest';
import {
  maxParameterBytes,
  readParameters,
} from '../../../../plugins/mcp-oauth/core/facade/parameters.js';

describe('what a form costs', () => {
  /** Milliseconds of the quickest of some runs. */
  const cost = (text: string): number => {
    let least = Infinity;
    for (let run = 0; run < 30; run++) {
      const started = performance.now();
      try {
        readParameters(text);
      } catch {
        // Refused, which has its price too.
      }
      least = Math.min(least, performance.now() - started);
    }
    return least;
  };
  const honest = `grant_type=refresh_token&refresh_token=${'x'.repeat(maxParameterBytes - 64)}`;

  it.each([
    ['parameters', 'a&'],
    ['values', 'a=1&'],
    ['empty ones', '&'],
    ['names that differ', 'a0&b1&c2&d3&'],
  ])('goes by its size: thousands of %s', (_what, piece) => {
    const text = piece.repeat(maxParameterBytes / piece.length - 16);
    expect(cost(text)).toBeLessThan(3 * cost(honest));
  });
});

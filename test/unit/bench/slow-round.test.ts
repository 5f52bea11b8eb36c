import { expect, it } from 'vitest';
import { isSlow } from '../../../bench/compare/measure.js';

it('goes on with rounds while most requests fit into one', () => {
  expect(isSlow({ requests: 40, p50Ms: 1_900 }, 2)).toBe(false);
});

it('takes one round where most requests take longer than it, or none was answered', () => {
  expect(isSlow({ requests: 256, p50Ms: 33_000 }, 8)).toBe(true);
  expect(isSlow({ requests: 0, p50Ms: 0 }, 8)).toBe(true);
});

import { expect, it } from 'vitest';
import { withoutStacks } from '../../../lib/errors/without-stacks.js';

const framesOf = (error: Error) => (error.stack ?? '').split('\n').length - 1;

it('makes errors without stacks, and with them again afterwards', () => {
  expect(framesOf(withoutStacks(() => new Error('one')))).toBe(0);
  expect(framesOf(new Error('two'))).toBeGreaterThan(0);
});

it('gives stacks back after a throw', () => {
  const thrown = () =>
    withoutStacks(() => {
      throw new RangeError('one');
    });
  expect(thrown).toThrow(RangeError);
  expect(framesOf(new Error('two'))).toBeGreaterThan(0);
});

import { expect, it } from 'vitest';
import { singleFlight } from '../../../../lib/flow/single-flight.js';

it('works once at a time per key', async () => {
  const asked: string[] = [];
  const once = singleFlight(async (key: string) => {
    asked.push(key);
    await Promise.resolve();
    return `${key}${asked.length}`;
  });
  expect(await Promise.all([once('a'), once('a'), once('b')])).toEqual(['a2', 'a2', 'b2']);
  expect(await once('a')).toBe('a3');
  expect(asked).toEqual(['a', 'b', 'a']);
});

it('shares a failure, and tries again afterwards', async () => {
  let calls = 0;
  const once = singleFlight(() => Promise.reject(new Error(`failure ${++calls}`)));
  const outcomes = await Promise.allSettled([once('a'), once('a')]);
  expect(outcomes.map((outcome) => String((outcome as PromiseRejectedResult).reason))).toEqual([
    'Error: failure 1',
    'Error: failure 1',
  ]);
  await expect(once('a')).rejects.toThrow('failure 2');
});

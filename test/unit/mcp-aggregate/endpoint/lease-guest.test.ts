import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LeaseGuest } from '../../../../plugins/mcp-aggregate/endpoint/leases/lease-guest.js';

it('a keeper that stands still is asked for no more than it may read later', async () => {
  const stream = new Duplex({ read: () => undefined, write: () => undefined });
  const taken: number[] = [];
  const ignore = () => undefined;
  const book = { take: (n: number) => void taken.push(n), recall: ignore, lost: ignore };
  const guest = new LeaseGuest(1, () => Promise.resolve(stream), book);
  const ask = (n: number) =>
    guest.ask({ n, config: 'h', server: 's', context: 'ann', conversation: `c${n}` });
  for (let n = 0; n < 1_000; n++) ask(n);
  await turn();
  for (let n = 1_000; n < 5_000; n++) ask(n);
  expect(stream.writableLength).toBeLessThan(2 * stream.writableHighWaterMark);
  // Those have no lease, and may be asked for again.
  expect(taken.at(-1)).toBe(4_999);
  stream.destroy();
});

import { expect, it } from 'vitest';
import { held } from '../../../../lib/held/limits.js';
import { SharedStateDown } from '../../../../lib/shared-state/redis-connection.js';
import { UsedEverywhere } from '../../../../plugins/mcp-oauth/io/dpop/everywhere.js';
import type { OnceEverywhere } from '../../../../plugins/mcp-oauth/io/dpop/everywhere.js';
import { OwnUsedProofs } from '../../../../plugins/mcp-oauth/io/dpop/used-proofs.js';

const now = () => 5_000;
const use = { owner: 'o'.repeat(32), proof: '\x00'.repeat(15) + '\xff', endsAt: 65_000 };

function node(shared: OnceEverywhere): UsedEverywhere {
  return new UsedEverywhere(new OwnUsedProofs(held.proofs, now), shared, now);
}

it('a proof counts once at all nodes together, and is remembered as long as it would count', async () => {
  const asked: unknown[] = [];
  const seen = new Set<string>();
  const shared: OnceEverywhere = {
    once: async (kind, name, ms) => {
      asked.push([kind, name, ms]);
      return seen.size < seen.add(name).size;
    },
  };
  const [a, b] = [node(shared), node(shared)];
  expect(await a.take(use)).toBe('first');
  expect(await b.take(use)).toBe('used');
  expect(asked).toEqual(Array(2).fill(['jti', 'AAAAAAAAAAAAAAAAAAAA_w', 60_000]));
  expect(await a.take(use)).toBe('used');
  expect(asked).toHaveLength(2);
});

it('a Redis that does not answer lets nothing pass, and a fault is none of its', async () => {
  const down = node({ once: () => Promise.reject(new SharedStateDown('it is down')) });
  expect(await down.take(use)).toBe('unavailable');
  const faulty = node({ once: () => Promise.reject(new TypeError('a fault')) });
  await expect(faulty.take(use)).rejects.toThrow(TypeError);
});

import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { PartsHash } from '../../../../../plugins/mcp-aggregate/core/items/parts-hash.js';

function oneByOne(parts: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('base64url');
}

function together(parts: readonly Buffer[]): string {
  const hash = new PartsHash();
  for (const part of parts) hash.add(part);
  return hash.digest();
}

const lengths = [0, 1, 20, 1_016, 1_023, 1_024, 1_025, 8_184, 8_192, 100_000];
const parts = lengths.map((length, n) => Buffer.alloc(length, n + 200));

it.each([
  ['nothing', []],
  ['small ones', Array.from({ length: 5_000 }, (_, n) => Buffer.from(`{"name":"${n}"}`))],
  ['ones that fill the room exactly', Array.from({ length: 100 }, () => Buffer.alloc(1_019, 7))],
  ['all sizes', [...parts, ...parts.reverse(), ...lengths.flatMap(() => parts)]],
])('hashes %s as one by one', (_, made) => {
  expect(together(made)).toBe(oneByOne(made));
});

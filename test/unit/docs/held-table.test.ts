import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { counted } from '../../../lib/held/counts.js';
import type { Counted } from '../../../lib/held/counts.js';
import { held } from '../../../lib/held/limits.js';
import type { Held } from '../../../lib/held/limits.js';
import { countedRow, heldRow } from '../../../lib/held/table.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/operations.md'), 'utf8');
const section = page.split('## What is held in memory')[1]!.split('\n## ')[0]!;
const rows = section.split('\n').filter((line) => line.startsWith('| '));
const all: readonly Held[] = Object.values(held);
const things: readonly Counted[] = Object.values(counted);
const said = [
  ...all.map((one) => [one.what, heldRow(one)] as const),
  ...things.map((one) => [one.what, countedRow(one)] as const),
];

describe('the table of what is held', () => {
  it.each(said)('says the limits of %s', (_what, row) => {
    expect(rows).toContain(row);
  });

  it('says nothing else', () => {
    expect(rows).toHaveLength(said.length + 2);
  });

  it('gives no owner more than the whole, and everything an end', () => {
    for (const { bytes, ofOne, ms } of [...all, ...things.map(asBytes)]) {
      expect(ofOne).toBeLessThanOrEqual(bytes);
      expect(bytes).toBeLessThan(2 ** 31);
      expect(ms).toBeGreaterThan(0);
    }
  });
});

function asBytes({ most, ofOne, entry, ms }: Counted) {
  return { bytes: most * entry, ofOne: ofOne * entry, ms };
}

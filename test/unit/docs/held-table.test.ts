import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { held } from '../../../lib/held/limits.js';
import type { Held } from '../../../lib/held/limits.js';
import { heldRow } from '../../../lib/held/table.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/operations.md'), 'utf8');
const section = page.split('## What is held in memory')[1]!.split('\n## ')[0]!;
const rows = section.split('\n').filter((line) => line.startsWith('| '));
const all: readonly Held[] = Object.values(held);

describe('the table of what is held', () => {
  it.each(all.map((one) => [one.what, heldRow(one)]))('says the limits of %s', (_what, row) => {
    expect(rows).toContain(row);
  });

  it('says nothing else', () => {
    expect(rows).toHaveLength(all.length + 1);
  });

  it('gives no owner more than the whole, and everything an end', () => {
    for (const { bytes, ofOne, ms } of all) {
      expect(ofOne).toBeLessThanOrEqual(bytes);
      expect(ms).toBeGreaterThan(0);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { packEdits } from '../../../../plugins/mcp-aggregate/core/direct/packed-edits.js';

const edit = (start: number, end: number, replacement: Buffer | string) => ({
  span: { start, end },
  replacement,
});

describe('packed edits', () => {
  it('say offsets and lengths in bytes, in order', () => {
    const edits = [edit(9, 12, Buffer.from('"ä:1 2 3:"')), edit(3, 3, ''), edit(3, 3, 'x')];
    expect(packEdits(edits)).toBe('3 3 0:3 3 1:x9 12 11:"ä:1 2 3:"');
  });

  it('never overlap', () => {
    expect(() => packEdits([edit(0, 5, 'a'), edit(4, 6, 'b')])).toThrow(RangeError);
  });
});

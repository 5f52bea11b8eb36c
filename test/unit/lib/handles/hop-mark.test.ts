import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { HopMark } from '../../../../lib/handles/hop-mark.js';

describe('the mark of a hop', () => {
  const [a, b] = [randomBytes(32), randomBytes(32)];
  const markOf = (...keys: Buffer[]) => {
    const mark = new HopMark();
    mark.use(keys);
    return mark;
  };

  it('is known to every node with the key, also as one of several values', () => {
    const { value } = markOf(a);
    expect(markOf(a).recognises(value)).toBe(true);
    expect(markOf(b, a).recognises(value)).toBe(true);
    expect(markOf(a).recognises(['x', value])).toBe(true);
    expect(markOf(a).recognises(`x, ${value}`)).toBe(true);
  });

  it('is not known to others, and cannot be made without the key', () => {
    expect(markOf(b).recognises(markOf(a).value)).toBe(false);
    for (const header of [undefined, '', 'x', ['x', 'y']]) {
      expect(markOf(a).recognises(header)).toBe(false);
    }
  });

  it('is there before keys are, and another in each process', () => {
    const fresh = new HopMark();
    expect(fresh.recognises(fresh.value)).toBe(true);
    expect(new HopMark().recognises(fresh.value)).toBe(false);
  });
});

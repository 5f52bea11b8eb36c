import { describe, expect, it } from 'vitest';
import { remembering } from '../../../../lib/flow/remember.js';

function counting() {
  const asked: string[] = [];
  const read = (text: string): string | undefined => {
    asked.push(text);
    return text === 'nothing' ? undefined : text.toUpperCase();
  };
  return { asked, read };
}

describe('remembering', () => {
  it('reads a text once, an answer of undefined too', () => {
    const { asked, read } = counting();
    const remembered = remembering(read);
    for (const text of ['a', 'nothing', 'a', 'nothing', 'b']) remembered(text);
    expect(asked).toEqual(['a', 'nothing', 'b']);
    expect([remembered('a'), remembered('nothing')]).toEqual(['A', undefined]);
  });

  it('keeps no more than its capacity', () => {
    const { asked, read } = counting();
    const remembered = remembering(read, 2);
    for (const text of ['a', 'b', 'c', 'a']) remembered(text);
    expect(asked).toEqual(['a', 'b', 'c', 'a']);
  });

  it('keeps no long text', () => {
    const { asked, read } = counting();
    const remembered = remembering(read, 2, 3);
    expect([remembered('long'), remembered('long'), remembered('abc'), remembered('abc')]).toEqual([
      'LONG',
      'LONG',
      'ABC',
      'ABC',
    ]);
    expect(asked).toEqual(['long', 'long', 'abc']);
  });
});

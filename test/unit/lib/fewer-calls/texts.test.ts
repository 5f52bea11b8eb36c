import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Texts } from '../../../../lib/fewer-calls/texts.js';
import { answerOf } from '../../../support/fewer-calls.js';

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', ':', '3:abc', '\n', '\0', '99999999999:', '__proto__', 'x'.repeat(70_000)),
);

describe('texts behind their lengths', () => {
  it('come out as they went in, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(hostile), (parts) => {
        const texts = new Texts(answerOf(...parts));
        const read: string[] = [];
        while (texts.more) read.push(texts.text());
        expect(read).toEqual(parts.map((part) => Buffer.from(part).toString()));
      }),
    );
  });

  it('keep bytes that are no text', () => {
    const bytes = Buffer.from([0xff, 0x00, 0x3a, 0xc3, 0x28]);
    const texts = new Texts(answerOf('a', bytes, 'b'));
    expect([texts.text(), texts.bytes(), texts.text()]).toEqual(['a', bytes, 'b']);
  });

  it.each([
    ['no length', ':a'],
    ['no digits', 'x:a'],
    ['a sign', '-1:a'],
    ['a space', ' 1:a'],
    ['less than said', '3:ab'],
    ['no colon', '3'],
    ['more digits than any length has', '0000000001:a'],
    ['nothing', ''],
  ])('are refused with %s', (_what, bytes) => {
    expect(() => new Texts(Buffer.from(bytes)).text()).toThrow(RangeError);
    expect(() => new Texts(Buffer.from(bytes)).bytes()).toThrow(RangeError);
  });

  it('never read beyond the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const texts = new Texts(Buffer.from(bytes));
        let read = 0;
        try {
          while (texts.more) read += texts.bytes().length;
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
        expect(read).toBeLessThan(bytes.length + 1);
      }),
    );
  });
});

describe('headers', () => {
  it('are a list where a name comes again, in order', () => {
    const texts = new Texts(answerOf('a', '1', 'b', '2', 'a', '3', 'a', ''));
    expect({ ...texts.headers() }).toEqual({ a: ['1', '3', ''], b: '2' });
  });

  it('may have any name', () => {
    const headers = new Texts(answerOf('__proto__', '1', 'constructor', '2', '', '3')).headers();
    expect(Object.entries(headers)).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
      ['', '3'],
    ]);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  it('are refused where the last has no value', () => {
    expect(() => new Texts(answerOf('a', '1', 'b')).headers()).toThrow(RangeError);
  });
});

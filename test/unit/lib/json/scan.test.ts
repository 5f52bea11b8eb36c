import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonSyntaxError, validateJson } from '../../../../lib/json/scan.js';
import { jsonText, mutatedJson } from './json-text.js';

function refusal(bytes: Buffer, maxDepth?: number): JsonSyntaxError | undefined {
  try {
    validateJson(bytes, maxDepth === undefined ? {} : { maxDepth });
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(JsonSyntaxError);
    return error as JsonSyntaxError;
  }
}

/** The platform's parser, which is only missing our rule on encoding. */
function platformAccepts(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false;
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

describe('validateJson', () => {
  it('accepts every JSON text and answers the span of its value', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const bytes = Buffer.from(text);
        const { start, end } = validateJson(bytes);
        expect(bytes.toString('utf8', start, end)).toBe(
          text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('accepts and refuses what JSON.parse does, once the bytes are UTF-8', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(mutatedJson, (bytes) => {
        const platform = platformAccepts(bytes);
        if (platform) accepted++;
        else refused++;
        expect(refusal(bytes) === undefined).toBe(platform);
      }),
      { numRuns: 5000 },
    );
    expect(Math.min(accepted, refused)).toBeGreaterThan(100);
  });

  it('agrees with JSON.parse on every short text of telling bytes', () => {
    const telling = [...Buffer.from('{}[]:," \\0-1.e\x00\x7f\xe9')];
    const texts = Array.from({ length: 256 }, (_, byte) => [byte]);
    for (const a of telling) {
      for (let b = 0; b < 256; b++) texts.push([a, b]);
      for (const b of telling) for (const c of telling) texts.push([a, b, c]);
    }
    for (const text of texts.map((bytes) => Buffer.from(bytes))) {
      if ((refusal(text) === undefined) !== platformAccepts(text))
        expect.fail(text.toString('hex'));
    }
  });

  it('agrees with JSON.parse on every escape of one byte', () => {
    for (let byte = 0; byte < 256; byte++) {
      const text = Buffer.concat([Buffer.from('"\\'), Buffer.of(byte), Buffer.from('"')]);
      if ((refusal(text) === undefined) !== platformAccepts(text)) expect.fail(`\\ ${byte}`);
      const hex = Buffer.concat([Buffer.from('"\\u00'), Buffer.of(byte, byte), Buffer.from('"')]);
      if ((refusal(hex) === undefined) !== platformAccepts(hex)) expect.fail(`\\u ${byte}`);
    }
  });

  it('says where an open string ends, whatever its length', () => {
    for (let length = 1; length < 40; length++) {
      expect(refusal(Buffer.from(`"${'a'.repeat(length)}`))?.offset).toBe(length + 1);
    }
  });

  it('names a byte order mark', () => {
    expect(refusal(Buffer.from('\ufeff{}'))?.reason).toBe('a byte order mark is not allowed');
  });

  it.each([
    ['nothing', '', 0],
    ['whitespace only', ' \n', 2],
    ['two values', '{} {}', 3],
    ['a trailing comma in an object', '{"a":1,}', 7],
    ['a trailing comma in an array', '[1,]', 3],
    ['a comma without a value before it', '[,1]', 1],
    ['a key without quotes', '{a:1}', 1],
    ['a key without a value', '{"a"}', 4],
    ['a colon without a value', '{"a":}', 5],
    ['brackets that do not match', '[1}', 2],
    ['an open container', '{"a":[1', 7],
    ['a leading zero', '01', 0],
    ['a negative leading zero', '-01', 0],
    ['a plus sign', '+1', 0],
    ['a lone minus', '-', 0],
    ['a fraction without digits', '1.', 0],
    ['a number that begins with a point', '.5', 0],
    ['an exponent without digits', '1e+', 0],
    ['NaN', 'NaN', 0],
    ['Infinity', '-Infinity', 0],
    ['a hexadecimal number', '0x10', 1],
    ['a literal in upper case', 'True', 0],
    ['a literal cut short', 'nul', 0],
    ['a literal run on', 'nullx', 4],
    ['a comment', '{}//', 2],
    ['single quotes', "'a'", 0],
    ['an escape JSON does not know', '"\\x41"', 1],
    ['an escaped line feed', '"\\\n"', 1],
    ['a short unicode escape', '"\\u12"', 1],
    ['a unicode escape with a letter beyond f', '"\\u00g0"', 1],
    ['a string that does not end', '"abc', 4],
    ['a string that ends in a backslash', '"abc\\', 4],
    ['a raw line feed in a string', '"a\nb"', 2],
    ['a raw NUL in a string', '"a\u0000"', 2],
    ['a raw control character far into a long string', `"${'a'.repeat(99)}\u001f"`, 100],
    ['a byte order mark', '\ufeff{}', 0],
    ['a no-break space between tokens', '[\u00a01]', 1],
    ['a line separator between tokens', '[\u20281]', 1],
    ['a form feed between tokens', '[\f1]', 1],
  ])('refuses %s, naming the byte', (_what, text, offset) => {
    expect(refusal(Buffer.from(text))?.offset).toBe(offset);
  });

  it.each([
    ['a lone continuation byte', '2280 22'],
    ['an overlong slash', '22c0af22'],
    ['an overlong NUL', '22c08022'],
    ['an encoded surrogate', '22eda08022'],
    ['a code point beyond U+10FFFF', '22f490808022'],
    ['a cut-off sequence', '22e28222'],
    ['UTF-16', '7b007d00'],
    ['Latin-1', '22e922'],
  ])('refuses %s', (_what, hex) => {
    expect(refusal(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toBeDefined();
  });

  it('quotes nothing of the body in its message', () => {
    expect(refusal(Buffer.from('{"secret":hunter2}'))?.message).toBe('a value expected at byte 10');
  });

  it.each([1, 64, 512, 3000])('counts depth: %i levels pass, one more does not', (maxDepth) => {
    const nested = (levels: number, open: string, close: string) =>
      Buffer.from(`${open.repeat(levels)}${close.repeat(levels)}`);
    expect(refusal(nested(maxDepth, '[', ']'), maxDepth)).toBeUndefined();
    expect(refusal(nested(maxDepth + 1, '[', ']'), maxDepth)?.offset).toBe(maxDepth);
    const objects = (levels: number) =>
      Buffer.from(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
    expect(refusal(objects(maxDepth), maxDepth)).toBeUndefined();
    expect(refusal(objects(maxDepth + 1), maxDepth)).toBeDefined();
  });

  it('allows 512 levels where nothing is said', () => {
    expect(refusal(Buffer.from('['.repeat(512) + ']'.repeat(512)))).toBeUndefined();
    expect(refusal(Buffer.from('['.repeat(513) + ']'.repeat(513)))).toBeDefined();
  });

  it('refuses a million open brackets without exhausting the stack', () => {
    expect(refusal(Buffer.alloc(1_000_000, '['))?.offset).toBe(512);
    expect(refusal(Buffer.alloc(1_000_000, '['), 2_000_000)?.offset).toBe(1_000_000);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayHold } from '../../../../lib/json/may-hold.js';

function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [key, ...keysOf(member)]);
}

describe('mayHold', () => {
  it('is never false for a JSON text that has the key, however it is spelled', () => {
    const key = fc.constantFrom('uri', 'resourceUri', 'ui/resourceUri', 'name');
    const value = fc.letrec((tie) => ({
      any: fc.oneof(fc.string(), fc.dictionary(key, tie('any'), { maxKeys: 2 })),
    })).any;
    const escaped = (text: string) => text.replace(/"uri"/g, '"\\u0075ri"');
    fc.assert(
      fc.property(value, fc.boolean(), (held, isEscaped) => {
        const text = JSON.stringify(held);
        const bytes = Buffer.from(isEscaped ? escaped(text) : text);
        if (keysOf(held).some((one) => one !== 'name')) {
          expect(mayHold(bytes, 'uri', 'Uri')).toBe(true);
        }
      }),
    );
  });

  it('is false where neither a word nor an escape stands', () => {
    expect(mayHold(Buffer.from('{"content":[{"type":"text","text":"ok"}]}'), 'uri')).toBe(false);
  });
});

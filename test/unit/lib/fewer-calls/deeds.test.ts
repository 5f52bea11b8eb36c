import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deeds } from '../../../../lib/fewer-calls/deeds.js';
import { deedsIn } from '../../../support/fewer-calls.js';

describe('deeds', () => {
  it('are written one after the other, behind the word', () => {
    const deeds = new Deeds('w');
    deeds.clear('authorization');
    deeds.set({ 'Mcp-Name': 'é', X: '' });
    deeds.authenticate('id', 'none');
    deeds.log({ method: 'tools/call', direct: true, session: undefined });
    deeds.share('key', 'value');
    deeds.target('127.0.0.1', 8080);
    expect(deedsIn(deeds.text())).toEqual([
      ['!', 'w'],
      ['c', 'authorization'],
      ['h', 'Mcp-Name', 'é'],
      ['h', 'X', ''],
      ['a', 'id', 'none'],
      ['l', 'method', 'tools/call'],
      ['s', 'key', 'value'],
      ['t', '127.0.0.1', '8080'],
    ]);
  });

  it('hold whatever stands in a value, and nothing of it is a deed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, value) => {
        const deeds = new Deeds('w');
        deeds.set(Object.fromEntries([[name, value]]));
        deeds.share(value, name);
        const plain = (text: string) => Buffer.from(text).toString();
        expect(deedsIn(deeds.text())).toEqual([
          ['!', 'w'],
          ['h', plain(name), plain(value)],
          ['s', plain(value), plain(name)],
        ]);
      }),
    );
  });

  it('differ in length from one request to the next', () => {
    const lengths = new Set(Array.from({ length: 32 }, () => new Deeds('w').text().length));
    expect(lengths.size).toBe(32);
  });
});

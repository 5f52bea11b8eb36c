import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../../lib/json/envelope.js';
import { messageText, mutate } from './message-text.js';

interface Reading {
  readonly method: unknown;
  readonly id: unknown;
  readonly name: unknown;
  readonly uri: unknown;
}

type Pairs = readonly (readonly [string, unknown])[];

/** Every object as its members in order, twins included. */
function pairsOf(text: string): Pairs {
  let next = 0;
  const keys: string[] = [];
  // JSON.parse keeps one of several twins: so each key is made unlike all others first.
  const apart = text.replaceAll(/("(?:[^"\\]|\\.)*")(\s*:)/g, (_, key: string, colon: string) => {
    keys.push(JSON.parse(key) as string);
    return `"${next++}"${colon}`;
  });
  const object = (value: object): Pairs =>
    Object.entries(value)
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([key, member]) => [keys[Number(key)]!, member] as const);
  return object(JSON.parse(apart) as object).map(([key, value]) => {
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value);
    return [key, nested ? object(value) : value] as const;
  });
}

type Pick = (pairs: Pairs, key: string) => unknown;

const lastOf: Pick = (pairs, key) => pairs.findLast(([own]) => own === key)?.[1];
const firstOf: Pick = (pairs, key) => pairs.find(([own]) => own === key)?.[1];
/** Unicode's simple folding, as far as it reaches ASCII. */
const folded = (key: string): string =>
  key.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').toLowerCase();
const foldedLastOf: Pick = (pairs, key) =>
  pairs.findLast(([own]) => folded(own) === folded(key))?.[1];
/** C programs end a key at its first NUL. */
const cutLastOf: Pick = (pairs, key) =>
  pairs.findLast(([own]) => own.split('\u0000')[0] === key)?.[1];

const styles: readonly [string, Pick][] = [
  ['JavaScript and Python: the last twin', lastOf],
  ['the first twin, as streaming parsers', firstOf],
  ['Go: the last that differs only in case', foldedLastOf],
  ['C: keys end at a NUL', cutLastOf],
];

function readBy(pick: Pick, text: string): Reading {
  const message = pairsOf(text);
  const params = pick(message, 'params') as Pairs | undefined;
  const of = (key: string) => (Array.isArray(params) ? pick(params as Pairs, key) : undefined);
  return {
    method: pick(message, 'method'),
    id: pick(message, 'id'),
    name: of('name'),
    uri: of('uri'),
  };
}

/** Our own reading; undefined for what is refused. */
function readHere(bytes: Buffer): Reading | undefined {
  try {
    const read = readMessage(bytes);
    if (read.kind !== 'single' || read.message.kind !== 'request') return undefined;
    const { method, id, params } = read.message;
    const text = bytes.toString('utf8', id.start, id.end);
    return {
      method,
      id: JSON.parse(text) as unknown,
      name: params?.name?.text,
      uri: params?.uri?.text,
    };
  } catch {
    return undefined;
  }
}

const onlyText = (value: unknown): unknown => (typeof value === 'string' ? value : undefined);

describe('a message that is let in', () => {
  it.each(styles)('reads the same by %s', (_, pick) => {
    let accepted = 0;
    fc.assert(
      fc.property(mutate(messageText), (text) => {
        const here = readHere(Buffer.from(text));
        if (here === undefined) return;
        accepted += 1;
        const there = readBy(pick, text);
        expect({ ...there, name: onlyText(there.name), uri: onlyText(there.uri) }).toEqual(here);
      }),
      { numRuns: 6000 },
    );
    expect(accepted).toBeGreaterThan(150);
  });

  it.each([
    ['twins', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}'],
    ['twins by an escape', '{"jsonrpc":"2.0","id":1,"method":"ping","\\u006dethod":"tools/list"}'],
    ['another case', '{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/list"}'],
    ['a long s', '{"jsonrpc":"2.0","id":1,"method":"ping","param\u017f":{}}'],
    ['a NUL in a key', '{"jsonrpc":"2.0","id":1,"method":"ping","method\\u0000":"tools/list"}'],
    [
      'twins in params',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}',
    ],
    [
      'another case in params',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","NAME":"b"}}',
    ],
    [
      'a NUL in the name',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a\\u0000b"}}',
    ],
    ['a byte order mark', '\ufeff{"jsonrpc":"2.0","id":1,"method":"ping"}'],
  ])('never has %s', (_, text) => {
    expect(readHere(Buffer.from(text))).toBeUndefined();
  });

  it('never has bytes that are not UTF-8', () => {
    const bytes = Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping","x":"?"}');
    for (const bad of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
      const at = bytes.indexOf('?');
      const broken = Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(bad),
        bytes.subarray(at + 1),
      ]);
      expect(readHere(broken)).toBeUndefined();
    }
  });
});

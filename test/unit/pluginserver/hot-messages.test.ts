import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readBytes,
  readHandleEvent,
  readText,
  readTexts,
} from '../../../kong/pluginserver/wire/hot-decode.js';
import {
  encodeDone,
  encodeKeyValue,
  encodeText,
  encodeTexts,
} from '../../../kong/pluginserver/wire/hot-encode.js';
import { encodeRpcCall, encodeRpcReturn } from '../../../kong/pluginserver/wire/messages.js';
import { decodeMessage, encodeMessage } from '../../../kong/pluginserver/wire/protocol.js';
import type { MessageName } from '../../../kong/pluginserver/wire/protocol.js';
import { fromStruct, toStruct, toValue } from '../../../kong/pluginserver/wire/values.js';

const text = fc.string({ unit: 'binary', maxLength: 300 });
const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'x-a', ''));
const entries = fc.array(fc.tuple(key, text), { maxLength: 20 });

/** What the general reader makes of the bytes; undefined where it refuses them. */
function general(name: MessageName, bytes: Buffer, read: (message: never) => unknown): unknown {
  try {
    return read(decodeMessage(name, bytes) as never);
  } catch {
    return undefined;
  }
}

/** A valid message with some bytes changed, or cut. */
function damaged(valid: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return fc
    .tuple(valid, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }), fc.nat(9))
    .map(([bytes, changes, cut]) => {
      const copy = Buffer.from(bytes.subarray(0, bytes.length - (cut > 5 ? cut - 5 : 0)));
      for (const [at, byte] of changes) if (copy.length > 0) copy[at % copy.length] = byte;
      return copy;
    });
}

const struct = entries.map((pairs) =>
  encodeMessage('Struct', {
    fields: pairs.map(([name, value]) => ({ key: name, value: { stringValue: value } })),
  }),
);

describe('readers of what every request brings', () => {
  it('read headers as the general reader does, whatever their names', () => {
    fc.assert(
      fc.property(struct, (bytes) => {
        const read = readTexts(bytes);
        expect(read).toEqual(fromStruct(decodeMessage('Struct', bytes)));
        expect(Object.getPrototypeOf(Object.getPrototypeOf(read))).toBe(null);
        expect('toString' in read!).toBe(Object.hasOwn(read!, 'toString'));
      }),
    );
  });

  it('leave a repeated header to the general reader', () => {
    const bytes = encodeMessage('Struct', toStruct({ a: 'one', b: ['two', 'three'] }));
    expect(readTexts(bytes)).toBe(undefined);
  });

  it('never read damaged headers otherwise than the general reader', () => {
    fc.assert(
      fc.property(damaged(struct), (bytes) => {
        const read = readTexts(bytes);
        if (read !== undefined) expect(read).toEqual(general('Struct', bytes, fromStruct));
      }),
      { numRuns: 2000 },
    );
  });

  it('read an event, and leave every other call', () => {
    const event = { type: 'handleEvent', instanceId: 2_000_000_000, eventName: 'access' } as const;
    for (const sequence of [0, 1, 300, 2 ** 31]) {
      const call = { sequence, command: event };
      expect(readHandleEvent(encodeRpcCall(call))).toEqual(call);
    }
    const negative = { sequence: 1, command: { ...event, instanceId: -5 } };
    expect(readHandleEvent(encodeRpcCall(negative))).toBe(undefined);
    const other = { sequence: 1, command: { type: 'closeInstance', instanceId: 3 } } as const;
    expect(readHandleEvent(encodeRpcCall(other))).toBe(undefined);
  });

  it('never read a damaged event otherwise than the general reader', () => {
    const call = fc
      .tuple(fc.nat(), fc.nat(0x7fffffff), text)
      .map(([sequence, instanceId, eventName]) =>
        encodeRpcCall({ sequence, command: { type: 'handleEvent', instanceId, eventName } }),
      );
    const fields = (m: { sequence: { toNumber(): number }; handleEvent: object }) => ({
      sequence: Number(m.sequence),
      command: { type: 'handleEvent', ...m.handleEvent },
    });
    fc.assert(
      fc.property(damaged(call), (bytes) => {
        const read = readHandleEvent(bytes);
        if (read !== undefined) expect(read).toEqual(general('RpcCall', bytes, fields));
      }),
      { numRuns: 2000 },
    );
  });

  it('read a text and a body, and leave all else', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(readText(encodeMessage('String', { v: value }), 0x0a)).toBe(value);
        expect(readText(encodeMessage('Value', toValue(value)), 0x1a)).toBe(value);
        const content = Buffer.from(value);
        expect(readBytes(encodeMessage('RawBodyResult', { content }), 0x0a)).toEqual(content);
      }),
    );
    expect(readText(encodeMessage('Value', { numberValue: 1 }), 0x1a)).toBe(undefined);
    expect(readText(Buffer.alloc(0), 0x0a)).toBe(undefined);
    expect(readBytes(encodeMessage('RawBodyResult', { bodyFilepath: '/x' }), 0x0a)).toBe(undefined);
    expect(readBytes(encodeMessage('RawBodyResult', { error: 'x' }), 0x0a)).toBe(undefined);
  });
});

describe('writers of what every request sends', () => {
  it('write the bytes that the general writer writes', () => {
    fc.assert(
      fc.property(text, entries, (value, pairs) => {
        const members = Object.fromEntries(pairs);
        expect(encodeText(value)).toEqual(encodeMessage('String', { v: value }));
        expect(encodeTexts(members)).toEqual(encodeMessage('Struct', toStruct(members)));
        for (const held of [value, members]) {
          const pair = encodeMessage('KV', { k: value, v: toValue(held) });
          expect(encodeKeyValue(value, held)).toEqual(pair);
        }
      }),
    );
  });

  it.each([0, 1, 127, 128, 300, 2 ** 31, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER])(
    'end call %i as the general writer does',
    (sequence) => expect(encodeDone(sequence)).toEqual(encodeRpcReturn({ sequence })),
  );

  it('leave values that are no texts to the general writer', () => {
    for (const held of [1, true, null, undefined, ['a'], { a: 1 }, { a: null }]) {
      expect(encodeKeyValue('k', held)).toBe(undefined);
    }
    expect(encodeTexts({ a: 'b', c: null })).toBe(undefined);
  });
});

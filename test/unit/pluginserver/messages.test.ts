import { describe, expect, test } from 'vitest';
import {
  decodeRpcCall,
  decodeRpcReturn,
  encodeRpcCall,
  encodeRpcReturn,
} from '../../../kong/pluginserver/wire/messages.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('a call', () => {
  // Written by hand from the field numbers of Kong's pluginsocket.proto.
  const calls = [
    [
      'an event',
      '0802 a2020a 0805 1206616363657373',
      { sequence: 2, command: { type: 'handleEvent', instanceId: 5, eventName: 'access' } },
    ],
    [
      'a start',
      '0803 8a0207 0a0170 12027b7d',
      {
        sequence: 3,
        command: { type: 'startInstance', name: 'p', config: Buffer.from('{}') },
      },
    ],
    [
      'a close',
      '0804 9a0206 08ffffffff07',
      { sequence: 4, command: { type: 'closeInstance', instanceId: 2_147_483_647 } },
    ],
    ['names', '0805 fa0100', { sequence: 5, command: { type: 'getPluginNames' } }],
    ['what is unknown', '0806 fa0600', { sequence: 6, command: undefined }],
  ] as const;
  for (const [what, bytes, call] of calls) {
    test(`for ${what} is read`, () => expect(decodeRpcCall(hex(bytes))).toEqual(call));
  }
  for (const [what, bytes, call] of calls.slice(0, 4)) {
    test(`for ${what} is written`, () => {
      expect(encodeRpcCall(call).toString('hex')).toBe(bytes.replaceAll(' ', ''));
    });
  }

  test('that is cut or noise is refused', () => {
    for (const bytes of ['0802 a2020a 0805', 'ffffffffffffffffffffff', '0b0b0b']) {
      expect(() => decodeRpcCall(hex(bytes))).toThrow();
    }
  });
});

describe('an answer', () => {
  test('that is bare holds the sequence number', () => {
    expect(encodeRpcReturn({ sequence: 300 }).toString('hex')).toBe('08ac02');
    expect(decodeRpcReturn(hex('08ac02'))).toEqual({ sequence: 300 });
  });

  test('to a start holds the instance', () => {
    const answer = { sequence: 1, instanceStatus: { name: 'p', instanceId: 7, startedAt: 9 } };
    const bytes = encodeRpcReturn(answer);
    expect(bytes.toString('hex')).toBe('0801' + '8a0207' + '0a0170' + '1007' + '2009');
    expect(decodeRpcReturn(bytes)).toEqual(answer);
  });
});

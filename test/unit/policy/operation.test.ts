import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../lib/json/envelope.js';
import { itemOperations, operationsOf } from '../../../lib/policy/operation.js';
import type { ItemKind } from '../../../lib/policy/operation.js';

function asked(method: string, params?: object, id: object = { id: 1 }) {
  const read = readMessage(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...id, method, params })));
  if (read.kind !== 'single') throw new Error('a batch');
  return operationsOf(read.message).map(({ method: of, name }) => [of, name]);
}

describe('what a message asks for', () => {
  const plain = 'file:///a';
  it.each<[string, object | undefined, unknown[]]>([
    ['tools/list', undefined, [['tools/list', undefined]]],
    ['tools/call', { name: 'a__b' }, [['tools/call', 'a__b']]],
    ['prompts/get', { name: 'a__b' }, [['prompts/get', 'a__b']]],
    ['resources/read', { uri: plain }, [['resources/read', plain]]],
    [
      'resources/subscribe',
      { uri: plain },
      [
        ['resources/subscribe', plain],
        ['resources/read', plain],
      ],
    ],
    [
      'completion/complete',
      { ref: { type: 'ref/prompt', name: 'p' }, argument: { name: 'x', value: '' } },
      [
        ['completion/complete', 'p'],
        ['prompts/get', 'p'],
      ],
    ],
    ['tools/list', { name: 'a__b' }, [['tools/list', undefined]]],
    ['x/unknown', { name: 'a__b' }, [['x/unknown', undefined]]],
    ['tasks/get', { taskId: 't' }, [['tasks/get', undefined]]],
  ])('%s %j', (method, params, expected) => {
    expect(asked(method, params)).toEqual(expected);
  });

  it('is nothing by name where it answers', () => {
    const read = readMessage(Buffer.from('{"jsonrpc":"2.0","id":1,"result":{"name":"a__b"}}'));
    if (read.kind !== 'single') throw new Error('a batch');
    expect(operationsOf(read.message)).toEqual([{ method: '', name: undefined }]);
  });

  it('is its method where it is a notification', () => {
    expect(asked('notifications/cancelled', { requestId: 1 }, {})).toEqual([
      ['notifications/cancelled', undefined],
    ]);
  });

  it.each<[ItemKind, string]>([
    ['tool', 'tools/call'],
    ['prompt', 'prompts/get'],
    ['resource', 'resources/read'],
    ['template', 'resources/read'],
  ])('using a listed %s is %s', (kind, method) => {
    expect(itemOperations(kind, 'x')).toEqual([expect.objectContaining({ method, name: 'x' })]);
  });
});

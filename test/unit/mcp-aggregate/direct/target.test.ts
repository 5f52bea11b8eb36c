import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../../lib/json/envelope.js';
import type { RequestEnvelope } from '../../../../lib/json/types.js';
import { needsNoWayBack } from '../../../../plugins/mcp-aggregate/core/direct/direct-target.js';
import type { Target } from '../../../../plugins/mcp-aggregate/core/calls/router.js';
import { UriSpace } from '../../../../plugins/mcp-aggregate/core/uris/uri-space.js';
import { exposureOf } from '../../../support/aggregate/exposure.js';

const tasks = 'io.modelcontextprotocol/tasks';

interface Case {
  readonly id?: string;
  readonly params?: string;
  readonly server?: object;
  readonly taskOnly?: boolean;
  readonly plainUris?: boolean;
  readonly offered?: readonly string[];
  readonly modern?: boolean;
  readonly takesTasks?: boolean;
}

function fits(given: Case): boolean {
  const { id = '1', params = '{"name":"a__x"}', offered = ['tools'], modern = false } = given;
  const bytes = Buffer.from(
    `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}`,
  );
  const read = readMessage(bytes) as { message: RequestEnvelope };
  const uris = new UriSpace([{ name: 'a', plainUris: given.plainUris === true }]);
  const server = { name: 'a', trusted: false, exposure: exposureOf({ name: 'a' }, uris) };
  const target = { server: { ...server, ...given.server }, taskOnly: given.taskOnly };
  const way = { offered: new Set(offered), modern };
  const { message } = read;
  return needsNoWayBack(
    target as unknown as Target,
    message,
    bytes,
    way,
    given.takesTasks === true,
  );
}

describe('a call that needs no way back', () => {
  it.each<[string, Case]>([
    ['is plain', {}],
    ['has a text as its id', { id: '"a\\u0000b"' }],
    ['wants progress', { params: '{"name":"a__x","_meta":{"progressToken":"t"}}' }],
    [
      'is of a server with resources, whose URIs clients see',
      { offered: ['resources'], plainUris: true },
    ],
    ['wants no task, though the server has them', { modern: true, offered: [tasks] }],
    ['wants a task that the server does not have', { modern: true, takesTasks: true }],
    ['has an id of ours, where there is no session', { modern: true, id: '4503599627370496' }],
  ])('%s', (_, given) => {
    expect(fits(given)).toBe(true);
  });

  it.each<[string, Case]>([
    ['of a server that asks', { server: { trusted: true } }],
    ['of a server whose lists are the caller’s own', { server: { onDemand: true } }],
    ['of a tool for tasks alone', { taskOnly: true }],
    ['of a server with resources under other URIs', { offered: ['resources'] }],
    ['with an id that may be one of ours', { id: '4503599627370496' }],
    ['that wants a task', { params: '{"name":"a__x","task":{}}' }],
    ['that goes on an earlier round', { params: '{"name":"a__x","requestState":"s"}' }],
    ['with a token that is none', { params: '{"name":"a__x","_meta":{"progressToken":null}}' }],
    ['whose client takes tasks', { modern: true, takesTasks: true, offered: [tasks] }],
  ])('is not one %s', (_, given) => {
    expect(fits(given)).toBe(false);
  });
});

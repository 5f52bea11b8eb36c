import { describe, expect, it } from 'vitest';
import { ItemViews } from '../../../lib/policy/item-views.js';
import type { ViewTarget } from '../../../lib/policy/item-views.js';
import {
  itemOperations,
  operationsOf,
  subscribeOperations,
} from '../../../lib/policy/operation.js';
import type { ItemKind } from '../../../lib/policy/operation.js';
import { readMessage } from '../../../lib/json/envelope.js';
import { serverOfItems } from '../../../plugins/mcp-aggregate/config/views-config.js';

const nothing: ViewTarget = { servers: [], tools: [], prompts: [], resources: [] };
const serverOf = serverOfItems([
  { name: 'a', prefix: 'a__', plainUris: false },
  { name: 'b', prefix: '', plainUris: true },
]);

const of = (...targets: Partial<ViewTarget>[]) =>
  new ItemViews(
    targets.map((target) => ({ ...nothing, ...target })),
    serverOf,
  );
const shown = (views: ItemViews, kind: ItemKind, name: string) =>
  views.showing(itemOperations(kind, name))?.indexes;

describe('what a view shows', () => {
  it('goes by the kind of an item as well as by its name', () => {
    const views = of({ tools: ['a__x'] }, { prompts: ['a__x'] }, { servers: ['a'] });
    expect(shown(views, 'tool', 'a__x')).toEqual([0, 2]);
    expect(shown(views, 'prompt', 'a__x')).toEqual([1, 2]);
    expect(shown(views, 'tool', 'x')).toEqual([]);
  });

  it('goes by the server that a name or URI belongs to', () => {
    const views = of({ servers: ['a'] }, { servers: ['b'] });
    expect(shown(views, 'tool', 'a__x')).toEqual([0]);
    expect(shown(views, 'tool', 'x')).toEqual([1]);
    expect(shown(views, 'resource', 'mcp+a+file:///x')).toEqual([0]);
    expect(shown(views, 'resource', 'file:///x')).toEqual([1]);
    expect(shown(views, 'template', 'mcp+a+file:///{x}')).toEqual([0]);
    expect(shown(views, 'resource', 'mcp+none+file:///x')).toEqual([1]);
  });

  it.each([
    'mcp+a+file:///public/../secret/x',
    'mcp+a+file:///public/%2e%2e/secret/x',
    'mcp+a+file:///public/%252e%252e/secret/x',
    'mcp+a+file:///public\\..\\secret',
    'mcp+a+file:///PUBLIC/x',
  ])('is no URI that merely looks like it: %s', (uri) => {
    const views = of({ resources: ['mcp+a+file:///public/*'] });
    expect(shown(views, 'resource', 'mcp+a+file:///public/x')).toEqual([0]);
    expect(shown(views, 'resource', uri)).toEqual([]);
  });

  it('holds for all that is about an item, and for nothing else', () => {
    const views = of({ resources: ['mcp+a+file:///x'], prompts: ['a__p'] });
    expect(views.showing(subscribeOperations('mcp+a+file:///x'))?.indexes).toEqual([0]);
    expect(views.showing(subscribeOperations('mcp+a+file:///y'))?.indexes).toEqual([]);
    const completing = (name: string) => {
      const ref = { type: 'ref/prompt', name };
      const params = { ref, argument: { name: 'x', value: '' } };
      const message = { jsonrpc: '2.0', id: 1, method: 'completion/complete', params };
      const read = readMessage(Buffer.from(JSON.stringify(message)));
      if (read.kind !== 'single') throw new Error('a batch');
      return views.showing(operationsOf(read.message))?.indexes;
    };
    expect(completing('a__p')).toEqual([0]);
    expect(completing('a__q')).toEqual([]);
    expect(views.showing([{ method: 'tools/list', name: undefined }])).toBeUndefined();
  });

  it('may be of a server by parts of names', () => {
    const views = of(
      { tools: ['a__x'] },
      { tools: ['*_x'] },
      { tools: ['other'] },
      {
        resources: ['ui://mcp+a/app*'],
      },
    );
    expect(views.concerning('tool', 'a', 'a__').indexes).toEqual([0, 1]);
    expect(views.concerning('resource', 'a', 'mcp+a+').indexes).toEqual([3]);
    expect(views.concerning('prompt', 'a', 'a__').indexes).toEqual([]);
  });
});

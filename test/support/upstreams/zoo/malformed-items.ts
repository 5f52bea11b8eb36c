import type { ItemKind } from '../../../../plugins/mcp-aggregate/core/items/item-kinds.js';
import { answer } from '../http-fixture.js';
import { wild } from './animal.js';
import type { Caught } from './animal.js';

export interface MalformedItem {
  readonly kind: ItemKind;
  /** Its name, or its URI. */
  readonly named: string;
  readonly raw: string;
  /** What is said of it. */
  readonly reason: string;
}

const object = '{"type":"object"}';

/** A tool with this in place of a right `inputSchema`. */
const schema = (named: string, value: string | undefined, reason: string): MalformedItem => {
  const member = value === undefined ? '' : `,"inputSchema":${value}`;
  return { kind: 'tool', named, raw: `{"name":"${named}"${member}}`, reason };
};
/** A tool with this beside a right `inputSchema`. */
const tool = (named: string, members: string, reason: string): MalformedItem => ({
  kind: 'tool',
  named,
  raw: `{"name":"${named}","inputSchema":${object},${members}}`,
  reason,
});
const prompt = (named: string, members: string, reason: string): MalformedItem => ({
  kind: 'prompt',
  named,
  raw: `{"name":"${named}",${members}}`,
  reason,
});
const resource = (named: string, members: string, reason: string): MalformedItem => ({
  kind: 'resource',
  named,
  raw: `{"uri":"${named}"${members}}`,
  reason,
});
const template = (named: string, members: string, reason: string): MalformedItem => ({
  kind: 'template',
  named,
  raw: `{"uriTemplate":"${named}"${members}}`,
  reason,
});

/** Items of forms that clients refuse, and with them the list they stand in. */
export const malformedItems: readonly MalformedItem[] = [
  schema('no-schema', undefined, 'inputSchema: expected object, received undefined'),
  schema('null-schema', 'null', 'inputSchema: expected object, received null'),
  schema('true-schema', 'true', 'inputSchema: expected object, received boolean'),
  schema('array-schema', '[]', 'inputSchema: expected object, received array'),
  schema('untyped-schema', '{}', 'inputSchema.type: expected "object"'),
  schema('string-schema', '{"type":"string"}', 'inputSchema.type: expected "object"'),
  schema('types-schema', '{"type":["object","null"]}', 'inputSchema.type: expected "object"'),
  schema(
    'null-properties',
    '{"type":"object","properties":null}',
    'inputSchema.properties: expected record, received null',
  ),
  schema(
    'true-property',
    '{"type":"object","properties":{"a":true}}',
    'inputSchema.properties.a: Invalid input',
  ),
  schema(
    'null-required',
    '{"type":"object","required":null}',
    'inputSchema.required: expected array, received null',
  ),
  schema(
    'later-schema',
    `${object},"inputSchema":null`,
    'inputSchema: expected object, received null',
  ),
  tool('null-description', '"description":null', 'description: expected string, received null'),
  // So large that the whole list is checked on another thread.
  tool(
    'large',
    `"title":null,"description":"${'d'.repeat(9000)}"`,
    'title: expected string, received null',
  ),
  tool('text-annotations', '"annotations":"x"', 'annotations: expected object, received string'),
  tool(
    'text-hint',
    '"annotations":{"readOnlyHint":"yes"}',
    'annotations.readOnlyHint: expected boolean, received string',
  ),
  tool('object-icons', '"icons":{}', 'icons: expected array, received object'),
  tool('icon-of-nothing', '"icons":[{}]', 'icons.0.src: expected string, received undefined'),
  tool('text-meta', '"_meta":"x"', '_meta: expected record, received string'),
  tool('null-output', '"outputSchema":null', 'outputSchema: expected object, received null'),
  prompt('null-arguments', '"arguments":null', 'arguments: expected array, received null'),
  prompt(
    'nameless-argument',
    '"arguments":[{"description":"d"}]',
    'arguments.0.name: expected string, received undefined',
  ),
  prompt('null-prompt', '"description":null', 'description: expected string, received null'),
  resource('test://nameless', '', 'name: expected string, received undefined'),
  resource('test://size', ',"name":"n","size":"12"', 'size: expected number, received string'),
  resource(
    'test://type',
    ',"name":"n","mimeType":null',
    'mimeType: expected string, received null',
  ),
  resource(
    'test://priority',
    ',"name":"n","annotations":{"priority":7}',
    'annotations.priority: Too big: expected number to be <=1',
  ),
  template('test://nameless/{a}', '', 'name: expected string, received undefined'),
  template('test://icons/{a}', ',"name":"n","icons":"x"', 'icons: expected array, received string'),
];

/** A tool that only clients with sessions refuse. */
export const arrayOutput = tool(
  'array-output',
  '"outputSchema":{"type":"array","items":{"type":"string"}}',
  'outputSchema.type: expected "object"; shown to clients without sessions only',
);

/** Right ones, in ways that are seldom met; the first of each kind is `fine`. */
export const rightItems: Readonly<Record<ItemKind, readonly string[]>> = {
  tool: [
    `{"name":"fine","inputSchema":${object}}`,
    `{"x":1e400, "name":"rich","title":"","description":"\\u0000","inputSchema":{"type":"object","properties":{},"required":[],"$defs":null},"outputSchema":${object},"annotations":{},"icons":[],"_meta":{"a":null}}`,
  ],
  prompt: ['{"name":"fine"}', '{"name":"rich","arguments":[{"name":"a","required":false}]}'],
  resource: ['{"uri":"test://fine","name":"fine"}', '{"uri":"test://rich","name":"","size":0}'],
  template: ['{"uriTemplate":"test://fine/{a}","name":"fine"}'],
};

/** A server that lists all of them, each malformed one between right ones. */
export function malformed(): Promise<Caught> {
  const list = (kind: ItemKind) => {
    const bad = [...malformedItems, arrayOutput].filter((item) => item.kind === kind);
    return [...bad.map(({ raw }) => raw), ...rightItems[kind]].join(', ');
  };
  return wild(
    ({ on }) => {
      on('tools/list', (one, at) => answer(one, at, `{"tools":[${list('tool')}]}`));
      on('prompts/list', (one, at) => answer(one, at, `{"prompts":[${list('prompt')}]}`));
      on('resources/list', (one, at) => answer(one, at, `{"resources":[${list('resource')}]}`));
      on('resources/templates/list', (one, at) =>
        answer(one, at, `{"resourceTemplates":[${list('template')}]}`),
      );
    },
    { capabilities: '{"tools":{},"prompts":{},"resources":{}}' },
  );
}

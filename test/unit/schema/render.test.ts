import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { errorTable } from '../../../lib/errors/errors.js';
import { array, integer, map, named, record, string } from '../../../schema/fields.js';
import { aggregateFields } from '../../../schema/mcp-aggregate.js';
import { oauthFields } from '../../../schema/mcp-oauth.js';
import { aggregateGroups, oauthGroups } from '../../../schema/render/reference-groups.js';
import { renderJsonSchema } from '../../../schema/render/render-json-schema.js';
import { renderReference } from '../../../schema/render/render-reference.js';
import { render } from '../../../schema/render/render.js';

const files = render();

describe('generated files', () => {
  it.each(Object.keys(files))('%s is what `npm run generate` writes', async (path) => {
    const root = new URL('../../../', import.meta.url);
    expect(await readFile(new URL(path, root), 'utf8')).toBe(files[path]);
  });

  it('name every field and every error', () => {
    for (const name of [...Object.keys(oauthFields), ...Object.keys(aggregateFields)]) {
      expect(files['docs/configuration.md']).toContain(`| \`${name}\` |`);
    }
    for (const name of Object.keys(errorTable)) {
      expect(files['docs/errors.md']).toContain(`| \`${name}\` |`);
    }
  });
});

describe('the examples of the reference page', () => {
  it.each([
    ...oauthGroups.map((group) => ['mcp-oauth', oauthFields, group] as const),
    ...aggregateGroups.map((group) => ['mcp-aggregate', aggregateFields, group] as const),
  ])('%s takes that of its group', (name, fields, { example, fields: own }) => {
    const schema = renderJsonSchema(name, named(fields));
    const validate = new Ajv2020({ strict: true, strictRequired: false }).compile(schema);
    const config = parse(example) as Record<string, unknown>;
    expect(validate(config), JSON.stringify(validate.errors)).toBe(true);
    const used = JSON.stringify(config);
    const names = own.map((path) => path.slice(path.lastIndexOf('.') + 1));
    expect(names.some((one) => used.includes(`"${one}"`))).toBe(true);
  });
});

describe('the JSON Schema for editors', () => {
  const compile = (name: string, fields: Parameters<typeof named>[0]) =>
    new Ajv2020({ strict: true, strictRequired: false }).compile(
      renderJsonSchema(name, named(fields)),
    );
  const oauth = compile('mcp-oauth', oauthFields);
  const aggregate = compile('mcp-aggregate', aggregateFields);
  const good = { resource: 'https://x.example/mcp', authorization_servers: ['https://as.example'] };

  it('takes a configuration that Kong takes', () => {
    expect(oauth(good)).toBe(true);
    expect(
      oauth({
        ...good,
        algorithms: ['ES256'],
        required_scopes: ['mcp:tools', 'a_b.c/d~'],
        metadata_extra: { a: 'b' },
      }),
    ).toBe(true);
    const headers = { Authorization: '{vault://env/token}' };
    const servers = [
      { name: 'one', url: 'http://127.0.0.1/mcp', headers },
      { name: '2', stdio: 'a' },
    ];
    expect(aggregate({ servers })).toBe(true);
  });

  it.each([
    ['a missing required field', oauth, { resource: good.resource }],
    ['an unknown field', oauth, { ...good, resources: [] }],
    ['a value outside the list', oauth, { ...good, algorithms: ['none'] }],
    ['a value that breaks the pattern', oauth, { ...good, resource: 'https://x.example/mcp?q' }],
    ['a scope with a space', oauth, { ...good, required_scopes: ['a b'] }],
    ['a number outside its range', oauth, { ...good, timeout: 1 }],
    ['an empty list', aggregate, { servers: [] }],
    [
      'a server with url and stdio',
      aggregate,
      { servers: [{ name: 'a', url: 'http://x', stdio: 'a' }] },
    ],
    ['a server with neither', aggregate, { servers: [{ name: 'a' }] }],
    ['a name with a space', aggregate, { servers: [{ name: 'a b', stdio: 'a' }] }],
  ])('refuses %s', (_title, validate, config) => {
    expect(validate(config)).toBe(false);
  });
});

describe('the reference page', () => {
  const size = { size: integer({ default: 3, description: 'How big.' }) };
  const group = { title: 'all', example: 'size: 3', fields: ['size'] };

  it('puts every field into a group, and no group without one', () => {
    const page = renderReference([{ name: 'x', fields: named(size), groups: [group] }]);
    expect(page).toContain('### x: all\n\n```yaml\nsize: 3\n```\n');
    expect(() => renderReference([{ name: 'x', fields: named(size), groups: [] }])).toThrow(
      'x: size is in no group',
    );
    const empty = { title: 'none', example: '', fields: ['gone'] };
    expect(() =>
      renderReference([{ name: 'x', fields: named(size), groups: [group, empty] }]),
    ).toThrow('the group none has no field');
  });

  it('shows type, default, limits and meaning, nested fields by path', () => {
    const page = renderReference([
      {
        name: 'sample',
        groups: [
          { title: 'many things', example: 'list: [{}]', fields: ['list'] },
          { title: 'names', example: 'names: {}', fields: ['names'] },
        ],
        fields: named({
          list: array(
            record(
              { size: integer({ default: 3, between: [1, 9], description: 'How big.' }) },
              { required: true, description: 'One.', entity_checks: [{ only_one_of: ['a', 'b'] }] },
            ),
            { required: true, len_max: 4, description: 'All.' },
          ),
          names: map(
            string({ description: 'Key.', match: '^a|b$' }),
            string({ description: 'V.' }),
            {
              description: 'Names | values.',
            },
          ),
        }),
      },
    ]);
    expect(page).toContain(
      '| `list` | array of record | **required** | at most 4 entries; each value: exactly one of `a`, `b` | All. |',
    );
    expect(page).toContain('| `list[].size` | integer | `3` | 1 to 9 | How big. |');
    expect(page).toContain(
      '| `names` | map of string | none | each name: Lua pattern `^a\\|b$` | Names \\| values. |',
    );
  });
});

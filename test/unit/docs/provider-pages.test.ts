import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../../plugins/mcp-oauth/config/config.js';
import { checkField } from '../../../schema/check/check.js';
import type { Field, FieldSpec } from '../../../schema/fields.js';
import { aggregateFields } from '../../../schema/mcp-aggregate.js';
import { oauthFields } from '../../../schema/mcp-oauth.js';
import { projectFile } from '../../support/project.js';

type Config = Readonly<Record<string, unknown>>;

const read = (path: string): string => readFileSync(projectFile(path), 'utf8');

/** Every YAML block of a page as configuration of mcp-oauth: whole plugins and single fields. */
function configurations(page: string): Config[] {
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) =>
    parse(text ?? ''),
  ) as (Config | { readonly config: Config }[])[];
  const whole = blocks.flatMap((block) => (Array.isArray(block) ? [block[0]?.config ?? {}] : []));
  const parts = blocks.filter((block): block is Config => !Array.isArray(block));
  return [...whole, ...parts.map((part) => ({ ...whole[0], ...part }))];
}

const specs = (fields: Readonly<Record<string, Field<unknown>>>): Record<string, FieldSpec> =>
  Object.fromEntries(Object.entries(fields).map(([name, { spec }]) => [name, spec]));
const oauth = specs(oauthFields);
const aggregate = specs(aggregateFields);
const record: FieldSpec = {
  type: 'record',
  fields: Object.entries(oauth).map(([name, spec]) => ({ [name]: spec })),
};

describe.each(readdirSync(projectFile('docs/providers')))('docs/providers/%s', (name) => {
  it('shows configurations that the schema and the plugin accept', () => {
    const shown = configurations(read(`docs/providers/${name}`));
    expect(shown.length).toBeGreaterThan(0);
    for (const config of shown) {
      const checked = checkField(record, config, () => 'a secret');
      expect(checked.errors, JSON.stringify(config)).toBeUndefined();
      expect(() => readConfig(checked.value as Parameters<typeof readConfig>[0])).not.toThrow();
    }
  });
});

/** Whether a field of this dotted name is there; `[]` leads into the entries of a list. */
function exists(fields: Readonly<Record<string, FieldSpec>>, path: string): boolean {
  const [name = '', ...rest] = path.split('.');
  const spec = fields[name.replace('[]', '')];
  if (spec === undefined || rest.length === 0) return spec !== undefined;
  const inner = name.endsWith('[]') ? spec.elements : spec;
  const members = Object.assign({}, ...(inner?.fields ?? [])) as Record<string, FieldSpec>;
  return exists(members, rest.join('.'));
}

describe('docs/coming-from-ai-mcp-oauth2.md', () => {
  const rows = read('docs/coming-from-ai-mcp-oauth2.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|')[2]?.trim() ?? '');
  const names = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, n]) => n!);

  it('names fields that are there', () => {
    expect(rows.length).toBeGreaterThan(30);
    const missing = rows.flatMap((cell) => {
      const own = cell.startsWith('mcp-aggregate:') ? aggregate : oauth;
      return names(cell).filter((name) => !exists(own, name));
    });
    expect(missing).toEqual([]);
  });

  it('gives the defaults that they have', () => {
    const given = rows.flatMap((cell) => [...cell.matchAll(/`([^`.]+)` \(([^)]+)\)/g)]);
    expect(given.length).toBeGreaterThan(8);
    for (const [, name = '', value] of given) {
      const { default: actual } = oauth[name] ?? {};
      expect(String(actual), name).toBe(value);
    }
  });
});

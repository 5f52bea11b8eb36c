import { describe, expect, it } from 'vitest';
import { aggregateSchema } from '../../../schema/mcp-aggregate.js';
import type { FieldSpec, NamedField } from '../../../schema/fields.js';
import { oauthSchema } from '../../../schema/mcp-oauth.js';

/** Records that a configuration has without naming them, as Kong sees it: not those within lists. */
function records(fields: readonly NamedField[], at: string): [string, FieldSpec][] {
  return fields.flatMap((field) =>
    Object.entries(field).flatMap(([name, spec]): [string, FieldSpec][] =>
      spec.type === 'record'
        ? [[`${at}.${name}`, spec], ...records(spec.fields ?? [], `${at}.${name}`)]
        : [],
    ),
  );
}

/** Kong makes a record required that does not say: an absent one is then filled, and its own required fields are missed. */
describe.each([oauthSchema, aggregateSchema])('records of $name', ({ name, fields }) => {
  const all = records(fields as readonly NamedField[], name);

  it('say whether they are required, where one of their fields is', () => {
    expect(all.length).toBeGreaterThan(0);
    const open = all.filter(
      ([, { required, fields: own = [] }]) =>
        required === undefined && own.some((field) => Object.values(field)[0]?.required === true),
    );
    expect(open.map(([path]) => path)).toEqual([]);
  });

  it('but the whole are optional: one that is left out is not one with its defaults', () => {
    const filled = all.filter(([, { required }]) => required !== false).map(([path]) => path);
    expect(filled).toEqual([`${name}.config`]);
  });
});

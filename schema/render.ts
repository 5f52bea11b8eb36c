import { errorTable } from '../lib/errors.js';
import { named } from './fields.js';
import { aggregateChecks, aggregateFields } from './mcp-aggregate.js';
import { oauthFields } from './mcp-oauth.js';
import { oauthChecks } from './oauth-checks.js';
import { renderErrors } from './render-errors.js';
import { renderJsonSchema } from './render-json-schema.js';
import { aggregateGroups, oauthGroups } from './reference-groups.js';
import { renderReference } from './render-reference.js';

const plugins = [
  { name: 'mcp-oauth', fields: named(oauthFields), groups: oauthGroups, checks: oauthChecks },
  {
    name: 'mcp-aggregate',
    fields: named(aggregateFields),
    groups: aggregateGroups,
    checks: aggregateChecks,
  },
];

/** Every generated file of the repository, by its path from the root. */
export function render(): Readonly<Record<string, string>> {
  const schemas = plugins.map(({ name, fields, checks }): [string, string] => [
    `schema/json/${name}.schema.json`,
    `${JSON.stringify(renderJsonSchema(name, fields, checks), null, 2)}\n`,
  ]);
  return {
    'docs/configuration.md': renderReference(plugins),
    'docs/errors.md': renderErrors(errorTable),
    ...Object.fromEntries(schemas),
  };
}

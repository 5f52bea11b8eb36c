import { errorTable } from '../../lib/errors/errors.js';
import { named } from '../fields.js';
import { aggregateChecks, aggregateFields } from '../mcp-aggregate.js';
import { oauthFields } from '../mcp-oauth.js';
import { oauthChecks } from '../oauth/oauth-checks.js';
import { renderCrds } from '../kubernetes/render-crds.js';
import { renderErrors } from './render-errors.js';
import { renderJsonSchema } from './render-json-schema.js';
import { aggregateGroups, oauthGroups } from './reference-groups.js';
import { renderKongSchema } from './render-kong-schema.js';
import { renderPresets } from './render-presets.js';
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
  const rules = plugins.map(({ name, fields, checks }) => ({
    name,
    config: renderJsonSchema(name, fields, checks),
    // `resource` has no default, and its schema refuses consumers.
    needsConfig: name === 'mcp-oauth',
    forConsumers: name !== 'mcp-oauth',
  }));
  const schemas = rules.map(({ name, config }) => [schemaFile(name), asText(config)]);
  return {
    'docs/configuration.md': renderReference(plugins),
    'docs/facade-presets.md': renderPresets(),
    'docs/errors.md': renderErrors(errorTable),
    ...(Object.fromEntries(schemas) as Record<string, string>),
    [schemaFile('kong')]: asText(renderKongSchema(rules)),
    ...renderCrds(),
  };
}

const schemaFile = (name: string): string => `schema/json/${name}.schema.json`;

const asText = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`;

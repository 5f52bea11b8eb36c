import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readConfig as readAggregate } from '../../../plugins/mcp-aggregate/config/config.js';
import { readConfig as readOauth } from '../../../plugins/mcp-oauth/config/config.js';
import { checkField } from '../../../schema/check/check.js';
import type { Field, FieldSpec } from '../../../schema/fields.js';
import { aggregateFields } from '../../../schema/mcp-aggregate.js';
import { oauthFields } from '../../../schema/mcp-oauth.js';
import { projectFile } from '../../support/project.js';

type Members = Readonly<Record<string, unknown>>;
type Fields = Readonly<Record<string, Field<unknown>>>;

const specs = { 'mcp-oauth': recordOf(oauthFields), 'mcp-aggregate': recordOf(aggregateFields) };
type Plugin = keyof typeof specs;
const readers = { 'mcp-oauth': readOauth, 'mcp-aggregate': readAggregate } as Readonly<
  Record<Plugin, (config: never) => unknown>
>;
/** What a fragment may leave out. */
const least: Readonly<Record<Plugin, Members>> = {
  'mcp-oauth': {
    resource: 'https://gateway.example.com/mcp',
    authorization_servers: ['https://login.example.com'],
  },
  'mcp-aggregate': { servers: [{ name: 'one', url: 'https://one.example.com/mcp' }] },
};
/** Text in a form of its own is read by other tests; here it is a vault reference. */
const ownForm = /certificate|client_key|^jwks$/;

function recordOf(fields: Fields): FieldSpec {
  const members = Object.entries(fields).map(([name, { spec }]) => ({ [name]: spec }));
  return { type: 'record', required: true, fields: members };
}

/** What Kong or the plugin would say against it; undefined where it is accepted. */
function complaint(plugin: Plugin, config: Members): unknown {
  const { value, errors } = checkField(specs[plugin], config, () => 'a secret');
  if (errors !== undefined) return errors;
  try {
    readers[plugin](value as never);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function withoutForms(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutForms);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !ownForm.test(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutForms(inner)]));
}

/** Every plugin of ours that stands anywhere in a fragment. */
function pluginsIn(value: unknown): [Plugin, Members][] {
  if (Array.isArray(value)) return value.flatMap(pluginsIn);
  if (typeof value !== 'object' || value === null) return [];
  const { name, config } = value as { readonly name?: string; readonly config?: Members };
  if (config !== undefined) return name && name in specs ? [[name as Plugin, config]] : [];
  return Object.values(value).flatMap(pluginsIn);
}

const names = (spec: FieldSpec) => (spec.fields ?? []).flatMap((field) => Object.keys(field));
const serverNames = names(aggregateFields.servers.spec.elements!);
const kongs = ['services', 'upstreams', 'ca_certificates', 'paths', 'plugins'];

/** A fragment as configurations: of whole plugins, of some of their fields, or of one server's. */
function configurations(fragment: unknown): [Plugin, Members][] {
  const whole = pluginsIn(fragment);
  if (whole.length > 0) return whole;
  const fields = Object.keys(fragment as object);
  if (fields.includes('apiVersion')) return ofResource(fragment as Members);
  const holds = (all: readonly string[]) => fields.every((field) => all.includes(field));
  const plugins = (Object.keys(specs) as Plugin[]).filter((name) => holds(names(specs[name])));
  if (plugins.length > 0) return plugins.map((name) => [name, fragment as Members]);
  if (holds(serverNames)) {
    const [server] = least['mcp-aggregate']['servers'] as readonly Members[];
    return [['mcp-aggregate', { servers: [{ ...server, ...(fragment as Members) }] }]];
  }
  if (holds(kongs)) return [];
  throw new Error(`no plugin has all of these fields: ${fields.join(', ')}`);
}

/** What a Kubernetes resource has for a plugin; the API server knows its other fields. */
function ofResource({ kind, spec }: Members): [Plugin, Members][] {
  const { oauth, aggregate, ...own } = (spec ?? {}) as Readonly<Record<string, Members>>;
  if (kind === 'MCPGateway') {
    return [
      ...(oauth ? [['mcp-oauth', oauth] as [Plugin, Members]] : []),
      ...(aggregate ? [['mcp-aggregate', aggregate] as [Plugin, Members]] : []),
    ];
  }
  if (kind !== 'MCPServer') return [];
  const fields = Object.entries(own).filter(([name]) => serverNames.includes(name));
  return [
    [
      'mcp-aggregate',
      { servers: [{ name: 'one', url: 'http://x/mcp', ...Object.fromEntries(fields) }] },
    ],
  ];
}

const documentsIn = (yaml: string): unknown[] =>
  parseAllDocuments(yaml).map((document) => document.toJS() as unknown);

const pages = ['README.md'].concat(
  readdirSync(projectFile('docs')).flatMap((name) => (name.endsWith('.md') ? `docs/${name}` : [])),
);
const fragments = pages.flatMap((page) => {
  const text = readFileSync(projectFile(page), 'utf8');
  return [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
    ([, yaml = ''], at) => [page, at + 1, yaml] as const,
  );
});

describe('YAML in pages', () => {
  it('is found', () => {
    expect(fragments.length).toBeGreaterThan(12);
    expect(complaint('mcp-aggregate', { servers: [{ name: 'one' }] })).toBeDefined();
    expect(() => configurations({ no_such_field: 1 })).toThrow('no_such_field');
  });

  it.each(fragments)('%s, fragment %i, is configuration that is accepted', (_page, _at, yaml) => {
    for (const [plugin, config] of documentsIn(yaml).flatMap(configurations)) {
      const given = { ...least[plugin], ...(withoutForms(config) as Members) };
      if (given['mode'] === 'internal') delete given['servers'];
      expect(complaint(plugin, given)).toBeUndefined();
    }
  });
});

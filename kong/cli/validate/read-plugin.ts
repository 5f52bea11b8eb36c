import { ConfigError } from '../../../lib/errors/errors.js';
import { readConfig as readAggregate } from '../../../plugins/mcp-aggregate/config/config.js';
import type { AggregateConfig } from '../../../plugins/mcp-aggregate/config/config.js';
import { readMode } from '../../../plugins/mcp-aggregate/config/servers/route-config.js';
import { readConfig as readOAuth } from '../../../plugins/mcp-oauth/config/config.js';
import { checkField } from '../../../schema/check/check.js';
import type { Errors } from '../../../schema/check/check.js';
import type { FieldSpec, PluginSchema } from '../../../schema/fields.js';
import { aggregateSchema } from '../../../schema/mcp-aggregate.js';
import type { AggregateKongConfig } from '../../../schema/mcp-aggregate.js';
import { oauthSchema } from '../../../schema/mcp-oauth.js';
import type { OAuthKongConfig } from '../../../schema/mcp-oauth.js';
import { withPlaceholders } from './placeholders.js';

type OAuthConfig = ReturnType<typeof readOAuth>;

/** What the plugin makes of its configuration. */
export type ReadPlugin =
  | { readonly kind: 'oauth'; readonly config: OAuthConfig }
  | { readonly kind: 'endpoint'; readonly config: AggregateConfig }
  | { readonly kind: 'internal' };

export interface PluginReading {
  /** By place below `config`. */
  readonly errors: readonly (readonly [place: readonly (string | number)[], message: string])[];
  readonly references: readonly string[];
  /** Absent where something is wrong. */
  readonly plugin?: ReadPlugin;
}

const schemas: Readonly<Record<string, PluginSchema>> = {
  'mcp-oauth': oauthSchema,
  'mcp-aggregate': aggregateSchema,
};

/** Whether the plugin is one of ours. */
export const isOurs = (name: string): boolean => Object.hasOwn(schemas, name);

/** Kong's schema rules first, then the plugin's own reader, as in a running Kong. */
export function readPlugin(name: string, given: unknown): PluginReading {
  const { value, errors } = checkField(specOf(schemas[name]!), given, (reference) => reference);
  const { config, references } = withPlaceholders(value);
  if (errors !== undefined) return { errors: flat(errors, []), references };
  try {
    return { errors: [], references, plugin: read(name, config) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { errors: [[[], error.message]], references };
  }
}

function read(name: string, config: Readonly<Record<string, unknown>>): ReadPlugin {
  if (name === 'mcp-oauth') {
    return { kind: 'oauth', config: readOAuth(config as OAuthKongConfig & typeof config) };
  }
  const own = config as AggregateKongConfig & typeof config;
  if (readMode(own) === 'internal') return { kind: 'internal' };
  return { kind: 'endpoint', config: readAggregate(own) };
}

function specOf({ fields }: PluginSchema): FieldSpec {
  return fields.find((field) => 'config' in field)!['config'] as FieldSpec;
}

/** Lists count from 0 in the document, and from 1 in Kong's errors. */
function flat(errors: Errors, at: readonly (string | number)[]): [(string | number)[], string][] {
  if (typeof errors === 'string') return [[[...at], errors]];
  return Object.entries(errors).flatMap(([key, inner]) => {
    // What is said of a record as a whole belongs to the record.
    if (key === '@entity') return Object.values(inner).flatMap((text: Errors) => flat(text, at));
    return flat(inner, [...at, /^\d+$/.test(key) ? Number(key) - 1 : key]);
  });
}

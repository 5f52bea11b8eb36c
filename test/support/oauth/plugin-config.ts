import type { FieldSpec } from '../../../schema/fields.js';
import { oauthFields } from '../../../schema/mcp-oauth.js';
import type { OAuthKongConfig } from '../../../schema/mcp-oauth.js';

export type PluginConfig = OAuthKongConfig & Readonly<Record<string, unknown>>;

/** A configuration as Kong hands it over: the schema's defaults, then `own`. */
export function pluginConfig(own: Partial<OAuthKongConfig> & Record<string, unknown> = {}) {
  const fields: [string, { readonly spec: FieldSpec }][] = Object.entries(oauthFields);
  const defaults = fields.map(([name, { spec }]) => [name, spec.default ?? null]);
  return {
    ...Object.fromEntries(defaults),
    resource: 'https://mcp.example.com/mcp',
    authorization_servers: ['https://as.example.com'],
    ...own,
  } as PluginConfig;
}

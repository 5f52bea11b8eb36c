/** How one kind of authorization server differs from what the specifications let clients expect. */
export interface ProviderPreset {
  /** Who answers registration: this gateway with `client_id`, or the provider through it. */
  readonly registration: 'static' | 'proxy';
  /** What becomes of the parameter `resource` (RFC 8707). */
  readonly resource_parameter: 'keep' | 'drop' | 'replace';
  /** Whether `audience` is sent where the configuration does not set it: then the resource. */
  readonly audience: 'none' | 'resource';
  readonly add_scopes: readonly string[];
  readonly drop_scopes: readonly string[];
  readonly add_parameters: Readonly<Record<string, string>>;
  /** Where clients find the provider's keys. */
  readonly jwks: 'direct' | 'proxy';
  /** Values of the token header `typ`, where `token_types` is not set. */
  readonly token_types: readonly ('at+jwt' | 'JWT' | 'absent')[];
}

const generic: ProviderPreset = {
  registration: 'static',
  resource_parameter: 'keep',
  audience: 'none',
  add_scopes: [],
  drop_scopes: [],
  add_parameters: {},
  jwks: 'direct',
  token_types: ['at+jwt'],
};

/**
 * What `facade.provider` stands for: values of fields that a configuration leaves out, and nothing
 * else. `docs/facade-presets.md` is made from this table.
 */
export const providerPresets = {
  generic,
  'entra-id': { ...generic, resource_parameter: 'drop', token_types: ['at+jwt', 'JWT'] },
  okta: { ...generic, resource_parameter: 'drop', token_types: ['at+jwt', 'absent'] },
  auth0: {
    ...generic,
    resource_parameter: 'drop',
    audience: 'resource',
    token_types: ['at+jwt', 'JWT'],
  },
  cognito: {
    ...generic,
    resource_parameter: 'drop',
    drop_scopes: ['offline_access'],
    token_types: ['absent'],
  },
  google: {
    ...generic,
    resource_parameter: 'drop',
    drop_scopes: ['offline_access'],
    add_parameters: { access_type: 'offline', prompt: 'consent' },
  },
  keycloak: {
    ...generic,
    registration: 'proxy',
    drop_scopes: ['offline_access'],
    token_types: ['at+jwt', 'JWT'],
  },
} as const satisfies Readonly<Record<string, ProviderPreset>>;

export type ProviderName = keyof typeof providerPresets;

export const providerNames = Object.keys(providerPresets) as readonly ProviderName[];

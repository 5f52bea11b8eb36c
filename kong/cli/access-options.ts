import { ConfigError } from '../../lib/errors/errors.js';
import { oauthConfig } from './declarative.js';
import type { Access } from './declarative.js';
import { readPlugin } from './validate/read-plugin.js';

/** The options that say how callers of a new endpoint are known. */
export const accessFlags = {
  anonymous: { type: 'boolean', default: false },
  resource: { type: 'string' },
  'authorization-server': { type: 'string' },
} as const;

export interface AccessOptions {
  readonly anonymous: boolean;
  readonly resource?: string | undefined;
  readonly 'authorization-server'?: string | undefined;
}

/** @throws ConfigError for options that do not go together, or that mcp-oauth would refuse */
export function readAccess(values: AccessOptions): Access {
  const { anonymous, resource, 'authorization-server': authorizationServer } = values;
  if ((resource === undefined) !== (authorizationServer === undefined)) {
    throw new ConfigError('--resource', 'goes together with --authorization-server');
  }
  if (resource === undefined || authorizationServer === undefined) {
    return { kind: anonymous ? 'anonymous' : 'kong' };
  }
  if (anonymous) throw new ConfigError('--anonymous', 'cannot be combined with --resource');
  for (const [option, text] of Object.entries({
    resource,
    'authorization-server': authorizationServer,
  })) {
    if (!/^https?:\/\/[^\s#?]+$/.test(text) || !URL.canParse(text)) {
      throw new ConfigError(`--${option}`, 'must be an http(s) URL without query or fragment');
    }
  }
  return readable({ kind: 'oauth', resource, authorizationServer });
}

/** @throws ConfigError for what mcp-oauth would refuse */
function readable(access: Access & { readonly kind: 'oauth' }): Access {
  const [refusal] = readPlugin('mcp-oauth', oauthConfig(access)).errors;
  if (refusal === undefined) return access;
  const [[field], message] = refusal;
  const option = field === 'authorization_servers' ? '--authorization-server' : '--resource';
  throw new ConfigError(option, message);
}

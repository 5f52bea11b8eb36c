import { readConfig } from '../../../plugins/mcp-oauth/config/config.js';
import type { Verdict } from '../../../plugins/mcp-oauth/core/token/verdict.js';
import { newVerifier } from '../../../plugins/mcp-oauth/io/runtimes.js';
import type { RuntimeDependencies } from '../../../plugins/mcp-oauth/io/runtimes.js';
import { pluginConfig } from './plugin-config.js';
import { epoch, signToken } from './signing-key.js';
import type { SigningKey } from './signing-key.js';

const resource = 'https://mcp.example.com/mcp';

/** A verifier without token cache, so that each call asks for keys. */
export function uncachedVerifier(
  issuer: string,
  own: Record<string, unknown> = {},
  dependencies: Partial<RuntimeDependencies> = {},
): (token: string) => Promise<Verdict> {
  const config = readConfig(
    pluginConfig({ resource, authorization_servers: [issuer], token_cache_size: 0, ...own }),
  );
  const verify = newVerifier(config, { fetch, now: () => Date.now(), ...dependencies });
  return async (token) => verify(token);
}

/** A token this verifier accepts when it has the key. */
export function goodToken(issuer: string, key: SigningKey): Promise<string> {
  return signToken(key, { iss: issuer, aud: resource, sub: 'alice', exp: epoch(36_000) });
}

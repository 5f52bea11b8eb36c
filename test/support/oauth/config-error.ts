import { ConfigError } from '../../../lib/errors/errors.js';
import { readConfig } from '../../../plugins/mcp-oauth/config/config.js';
import { pluginConfig } from './plugin-config.js';

/** What mcp-oauth says of a configuration that it refuses. @throws where it accepts it */
export function configError(own: Parameters<typeof pluginConfig>[0]): ConfigError {
  try {
    readConfig(pluginConfig(own));
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

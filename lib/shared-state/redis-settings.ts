import { hash } from 'node:crypto';
import { ConfigError } from '../errors/errors.js';

/** How to reach the Redis of a gateway. */
export interface RedisSettings {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly tls:
    | {
        readonly rejectUnauthorized: boolean;
        readonly servername: string;
        readonly ca: string | undefined;
      }
    | undefined;
  /** Longest wait for an answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly prefix: string;
  /** Equal for settings that one connection can serve. Holds no secret in the clear. */
  readonly key: string;
}

/** `redis` of a plugin's configuration, as Kong hands it over. */
export interface RedisKongConfig {
  readonly host: string;
  readonly port: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly database: number;
  readonly ssl: boolean;
  readonly ssl_verify: boolean;
  readonly server_name?: string | undefined;
  readonly ca_certificates?: string | undefined;
  readonly timeout: number;
  readonly prefix: string;
}

/**
 * @throws ConfigError for a password whose reference has no value: an empty one would be tried
 *   instead, and the server's refusal says less
 */
export function readRedis(config: RedisKongConfig | null | undefined): RedisSettings | undefined {
  if (config === null || config === undefined) return undefined;
  const { password, username } = config;
  if (password === '') {
    throw new ConfigError('redis.password', 'has no value: does the reference it holds resolve?');
  }
  const settings = {
    host: config.host,
    port: config.port,
    username: username || undefined,
    password: password ?? undefined,
    database: config.database,
    tls: tlsOf(config),
    timeoutMs: config.timeout,
    prefix: config.prefix,
  };
  return { ...settings, key: hash('sha256', JSON.stringify(settings), 'base64url') };
}

function tlsOf(config: RedisKongConfig): RedisSettings['tls'] {
  if (!config.ssl) return undefined;
  return {
    rejectUnauthorized: config.ssl_verify,
    servername: config.server_name || config.host,
    ca: config.ca_certificates || undefined,
  };
}

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ConfigError } from '../../lib/errors/errors.js';
import { userKey } from '../../lib/identity/identity.js';
import type { RedisSettings } from '../../lib/shared-state/redis-settings.js';
import { tokenDigest } from '../../lib/shared-state/revocations.js';
import type { Revoked } from '../../lib/shared-state/revocations.js';
import { SharedState } from '../../lib/shared-state/shared-state.js';
import { SharedStates } from '../../lib/shared-state/shared-states.js';
import { codeOf } from './error-code.js';

const options = {
  redis: { type: 'string' },
  'redis-password-file': { type: 'string' },
  prefix: { type: 'string', default: 'kong-mcp' },
  'token-file': { type: 'string' },
  issuer: { type: 'string' },
  subject: { type: 'string' },
  consumer: { type: 'string' },
  for: { type: 'string', default: '86400' },
} as const;

type Values = ReturnType<typeof parse>;

const parse = (args: string[]) => parseArgs({ args, options }).values;
const timeoutMs = 5_000;
const waitMs = 5_000;

/**
 * `kong-mcp revoke`: ends a token, or all that a user was given so far, at every process that shares
 * the Redis. Answers what it did.
 * @throws ConfigError for options that say too little or too much, and where Redis does not answer
 */
export async function revokeCommand(args: string[]): Promise<string> {
  const values = parse(args);
  const settings = await readSettings(values);
  const revoked = await readRevoked(values);
  const seconds = Number(values.for);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 31_536_000) {
    throw new ConfigError('--for', 'must be whole seconds, a year at most');
  }
  const shared = new SharedState(settings, new SharedStates());
  try {
    await shared.connected(waitMs);
    await shared.revoke(revoked, seconds * 1000);
  } catch (error) {
    const { reason = error instanceof Error ? error.message : 'unknown' } = shared.status;
    throw new ConfigError('--redis', `nothing was revoked: ${reason}`);
  } finally {
    shared.close();
  }
  return said(revoked, seconds);
}

function said(revoked: Revoked, seconds: number): string {
  if (revoked.kind === 'token') return `Revoked the token, for ${seconds} seconds.\n`;
  return `Revoked what the user was given until now, for ${seconds} seconds: tokens, sessions, open streams.\n`;
}

async function readSettings(values: Values): Promise<RedisSettings> {
  const text = values.redis ?? '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === '') {
    throw new ConfigError('--redis', 'must be redis://HOST:PORT/DATABASE, or rediss:// for TLS');
  }
  if (url.password !== '') {
    throw new ConfigError('--redis', 'must not hold a password: use --redis-password-file');
  }
  const file = values['redis-password-file'];
  const { hostname: host } = url;
  return {
    host,
    port: url.port === '' ? 6379 : Number(url.port),
    username: decodeURIComponent(url.username) || undefined,
    password: file === undefined ? undefined : await readText('--redis-password-file', file),
    database: Number(url.pathname.slice(1) || '0'),
    tls:
      url.protocol === 'rediss:'
        ? { rejectUnauthorized: true, servername: host, ca: undefined }
        : undefined,
    timeoutMs,
    prefix: values.prefix,
    key: '',
  };
}

async function readRevoked(values: Values): Promise<Revoked> {
  const { issuer, subject, consumer, 'token-file': file } = values;
  const user = issuer !== undefined || subject !== undefined;
  if ([file !== undefined, user, consumer !== undefined].filter(Boolean).length !== 1) {
    throw new ConfigError(
      'revoke',
      'name one: --token-file, --issuer with --subject, or --consumer',
    );
  }
  if (file !== undefined) {
    return { kind: 'token', digest: tokenDigest(await readText('--token-file', file)) };
  }
  if (consumer !== undefined) return revokedUser('kong', consumer);
  if (!issuer || !subject) throw new ConfigError('revoke', '--issuer and --subject go together');
  return revokedUser(issuer, subject);
}

/** What is issued in this very second counts as given before. */
function revokedUser(issuer: string, subject: string): Revoked {
  const user = userKey({ issuer, subject, clientId: '', scopes: [], claims: {} });
  return { kind: 'user', user, before: Math.floor(Date.now() / 1000) + 1 };
}

async function readText(option: string, file: string): Promise<string> {
  try {
    const text = (await readFile(file, 'utf8')).trim();
    if (text !== '') return text;
  } catch (error) {
    throw new ConfigError(option, `cannot be read (${codeOf(error)})`);
  }
  throw new ConfigError(option, 'names a file that is empty');
}

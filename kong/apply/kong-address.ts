import { readFileSync } from 'node:fs';
import { ConfigError } from '../../lib/errors/errors.js';

/** A Kong's Admin API, and what is sent to be let in. */
export interface KongAddress {
  /** Origin, and a path where there is one; no slash at the end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const headerName = /^[A-Za-z0-9-]+$/;

/**
 * Reads where the Admin API is. The token comes from the environment alone, never from a command
 * line, which other users of the machine can read: `KONG_MCP_ADMIN_TOKEN`, or the file that
 * `KONG_MCP_ADMIN_TOKEN_FILE` names; `KONG_MCP_ADMIN_TOKEN_HEADER` names its header.
 * @param field what names the address, for errors
 * @throws ConfigError
 */
export function kongAddress(field: string, text: string, env: Environment): KongAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new ConfigError(field, 'must be an http(s) URL without query, as http://127.0.0.1:8001');
  }
  if (url.username !== '' || url.password !== '') {
    throw new ConfigError(field, 'holds credentials; use KONG_MCP_ADMIN_TOKEN');
  }
  const token = readToken(env);
  const header = env['KONG_MCP_ADMIN_TOKEN_HEADER'] || 'Kong-Admin-Token';
  if (!headerName.test(header)) {
    throw new ConfigError('KONG_MCP_ADMIN_TOKEN_HEADER', 'is not the name of a header');
  }
  return {
    url: url.href.replace(/\/+$/, ''),
    headers: token === '' ? {} : { [header]: token },
  };
}

function readToken(env: Environment): string {
  const file = env['KONG_MCP_ADMIN_TOKEN_FILE'] ?? '';
  const name = file === '' ? 'KONG_MCP_ADMIN_TOKEN' : 'KONG_MCP_ADMIN_TOKEN_FILE';
  let token = env['KONG_MCP_ADMIN_TOKEN'] ?? '';
  if (file !== '') {
    try {
      token = readFileSync(file, 'utf8').trim();
    } catch {
      throw new ConfigError(name, `${file} cannot be read`);
    }
  }
  if (!/^[\t\x20-\x7e]*$/.test(token)) throw new ConfigError(name, 'holds a control character');
  return token;
}

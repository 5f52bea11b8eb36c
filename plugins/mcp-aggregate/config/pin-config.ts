import { createHash } from 'node:crypto';
import { ConfigError } from '../../../lib/errors/errors.js';
import { hasAuthorization } from './servers/auth-config.js';
import type { ServerKongConfig } from '../../../schema/mcp-aggregate.js';

/** What of a server has to be as it was approved. */
export interface PinConfig {
  /** Undefined where nothing is pinned, and only linted. */
  readonly mode: 'warn' | 'enforce' | undefined;
  /** The lockfile as text, or the name of a file of the operator's folder; first use where absent. */
  readonly lockfile: { readonly text: string } | { readonly file: string } | undefined;
  /** Digest of the text, which is long. */
  readonly digest: string;
  readonly lints: boolean;
  readonly lintOff: ReadonlySet<string>;
}

/**
 * Reads what is pinned of a server; undefined where nothing is.
 * @param field names the server
 * @throws ConfigError naming the field
 */
export function readPins(field: string, server: ServerKongConfig): PinConfig | undefined {
  const { pin, pin_lockfile: file, pin_lockfile_text: text } = server;
  const mode = pin === 'off' ? undefined : pin;
  const lints = server.lint ?? mode !== undefined;
  const isText = text !== undefined && text !== null;
  if (mode === undefined && (file || isText)) {
    const name = file ? 'pin_lockfile' : 'pin_lockfile_text';
    throw new ConfigError(`${field}.${name}`, 'is for servers with pin warn or enforce');
  }
  if (file && isText) {
    throw new ConfigError(`${field}.pin_lockfile`, 'and pin_lockfile_text exclude each other');
  }
  if (file && /(^|\/)\.\.?(\/|$)|\/\//.test(file)) {
    throw new ConfigError(`${field}.pin_lockfile`, 'must not hold .., . or //');
  }
  if (mode === 'enforce' && !file && !isText && listsPerCaller(server)) {
    const why =
      'needs pin_lockfile: each caller has lists of their own, so that nothing is seen first';
    throw new ConfigError(`${field}.pin`, why);
  }
  if (mode === undefined && !lints) return undefined;
  return {
    mode,
    lockfile: file ? { file } : isText ? { text } : undefined,
    digest: createHash('sha256')
      .update(text ?? '')
      .digest('base64url'),
    lints,
    lintOff: new Set(Array.isArray(server.lint_off) ? server.lint_off : []),
  };
}

/** Whether a server gets each caller's own token for its lists; those of an API come from its document. */
function listsPerCaller({ auth, openapi, headers }: ServerKongConfig): boolean {
  if (openapi || !auth?.token_exchange) return false;
  return !auth.client_credentials && !hasAuthorization(headers ?? {});
}

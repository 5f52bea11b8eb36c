import { hash } from 'node:crypto';
import { McpError } from '../../../../lib/errors/errors.js';
import { encodeMirrored } from '../../../../lib/http/mirrored-value.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import type { KongValue } from '../../../../lib/kong/kong-port.js';
import { remembering } from '../../../../lib/flow/remember.js';
import { aggregatorHandleHeader } from '../../../../lib/handles/handles.js';
import { visible } from '../../../../lib/visible.js';
import type { Asked } from './admit.js';
import { allTaskMethods } from '../../../../lib/protocol/tasks.js';
import type { ClientEra } from './check-era.js';
import { isKnownMethod } from './methods.js';

const methodHeader = 'mcp-method';
const nameHeader = 'mcp-name';
const limitKeyHeader = 'x-mcp-limit-key';
/** Headers that must not reach the aggregator, in any spelling (design D13). */
const secretHeaders: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization']);
/** Each header to clear costs nginx a call. */
const mostCleared = 32;

/**
 * Headers set on every request, from the body alone; `Mcp-Name` is cleared where there is none.
 * @param handle absent where the request does not go to the aggregator
 */
export function headersToSet(
  asked: Asked,
  limitKey: string,
  handle?: string,
): Record<string, string> {
  const set: Record<string, string> = { [limitKeyHeader]: limitKey };
  if (handle !== undefined) set[aggregatorHandleHeader] = handle;
  if (asked.method !== '') set[methodHeader] = encodeMirrored(asked.method);
  if (asked.name !== undefined) set[nameHeader] = encodeMirrored(asked.name);
  return set;
}

/** As nginx's underscores are read upstream. */
const plainName = remembering((name) => name.toLowerCase().replaceAll('_', '-'), 1024);

/**
 * Headers of the client to remove: credentials, what it claims in headers that we set, and every
 * `X-Mcp-*`; each in underscore spelling too, which nginx forwards as a header of its own.
 * @param trusted the request passed mcp-oauth, which has removed the client's own `X-Mcp-*` and may
 *   have set some from verified claims
 * @throws McpError `invalid_request` where there are too many
 */
export function headersToClear(
  headers: HeaderRecord,
  set: Readonly<Record<string, string>>,
  trusted: boolean,
): string[] {
  const cleared = Object.keys(headers).filter((name) => {
    if (Object.hasOwn(set, name)) return false;
    const plain = plainName(name);
    if (secretHeaders.has(plain) || plain === methodHeader || plain === nameHeader) return true;
    if (!plain.startsWith('x-mcp-')) return false;
    return !trusted || name !== plain || plain === limitKeyHeader;
  });
  if (cleared.length > mostCleared) {
    throw new McpError('invalid_request', 'the request has too many X-Mcp-* headers');
  }
  return cleared;
}

const keyOf = remembering((counts) => hash('sha256', counts, 'base64url'), 1024);

/**
 * Counts per user, method and what is `counted` of the name. Unknown methods share one bucket, and
 * so do names that no server owns: neither may be made up to escape a limit or to fill its memory
 * (design D4).
 */
export function limitKey(user: string, asked: Asked, counted: string | undefined): string {
  const method = isKnownMethod(asked.method) ? asked.method : '?';
  const name = asked.name === undefined ? '' : counted === undefined ? '?' : `=${counted}`;
  const counts = [user, method, name].map((part) => `${Buffer.byteLength(part)}:${part}`);
  return keyOf(counts.join(''));
}

/** What logging plugins write, visible: no argument, no token, no query of a URI. */
export function logValues(
  asked: Asked,
  known: {
    readonly server: string | undefined;
    /** Absent where a request is the gateway's own. */
    readonly subject: string | undefined;
    readonly session: string | undefined;
    /** How the client speaks, or on the way to a `route` server this gateway. */
    readonly client: ClientEra | undefined;
  },
): Record<string, KongValue> {
  const values: Record<string, KongValue> = {};
  if (known.subject !== undefined) values['subject'] = visible(known.subject);
  if (asked.method !== '') values['method'] = visible(asked.method);
  if (asked.name !== undefined) values['name'] = visible(nameOf(asked));
  if (known.server !== undefined) values['server'] = known.server;
  if (known.session !== undefined) values['session'] = digestOf(known.session);
  if (known.client !== undefined) values['era'] = known.client.modern ? 'modern' : 'legacy';
  const version = known.client?.version;
  if (version !== undefined) values['protocol_version'] = visible(version);
  return values;
}

/** Without what could be used: the id of a task, the query and user of a URI. */
function nameOf({ method, name = '' }: Asked): string {
  if (allTaskMethods.has(method)) return digestOf(name);
  const text = method.startsWith('resources/') ? name.replace(/[?#].*$/s, '') : name;
  return text.replace(/^([^/]*:\/\/)[^/]*@/, '$1').slice(0, 256);
}

/** Names a session or a task in a log without being usable as one. Sessions come again and again. */
export const digestOf = remembering((text) => hash('sha256', text, 'base64url').slice(0, 16), 1024);

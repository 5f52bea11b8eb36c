import { McpError } from '../../../../lib/errors/errors.js';
import {
  checkMirroredHeaders,
  checkNamedVersion,
  namedVersion,
} from '../../../../lib/http/mirrored-headers.js';
import { singleHeader } from '../../../../lib/http/single-header.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import type { Envelope } from '../../../../lib/json/types.js';
import {
  classify,
  modernVersions,
  protocolVersionHeader,
} from '../../../../lib/protocol/classify.js';
import { firstStreamable } from '../../../../lib/protocol/revisions.js';
import { checkModernMessage } from './modern-meta.js';
import { negotiable, wishedVersion } from '../capabilities/initialize.js';

/** How a client speaks. */
export interface ClientEra {
  /** Whether of the era without sessions. */
  readonly modern: boolean;
  /** The version it names, in `initialize` the one it wishes; undefined where only its session knows. */
  readonly version: string | undefined;
}

/** Of a request whose version its session knows; it is looked at only where nothing else names one. */
export function withSession(client: ClientEra, version: () => string | undefined): ClientEra {
  return client.version === undefined ? { modern: false, version: version() } : client;
}

/** How this gateway itself speaks, on its way to a `route` server. */
export function eraOf(headers: HeaderRecord): ClientEra {
  const version = singleHeader(headers, protocolVersionHeader);
  return { modern: version !== undefined && modernVersions.includes(version), version };
}

interface Body {
  readonly bytes: Buffer;
  readonly message: Envelope;
}

/**
 * Lets in what is of a version that is served.
 * @param body undefined where the request has none
 * @param served what the endpoint serves, newest first
 * @throws McpError `header_mismatch`; as `checkModernMessage`; `unsupported_version` with what is served
 *   (requirement H7)
 */
export function checkEra(
  headers: HeaderRecord,
  body: Body | undefined,
  served: readonly string[],
): ClientEra {
  const era = classify(headers, body?.message);
  if (era.era === 'unsupported') throw unsupported(headers, body?.message, era.requested, served);
  if (era.era === 'legacy') return checkLegacy(headers, era.version, body, served);
  if (body !== undefined) checkMirroredHeaders(headers, body.message);
  if (body !== undefined && served.includes(era.version)) {
    checkModernMessage(body.bytes, body.message);
    return { modern: true, version: era.version };
  }
  throw unsupportedVersion(era.version, served);
}

/** @param version what the header says */
function checkLegacy(
  headers: HeaderRecord,
  version: string | undefined,
  body: Body | undefined,
  served: readonly string[],
): ClientEra {
  const { message } = body ?? {};
  if (body && message?.kind === 'request' && message.method === 'initialize') {
    const wished = wishedVersion(body.bytes, message.params)?.slice(0, 64);
    // Where no version with sessions is served, the refusal has to name those that are (§5).
    if (negotiable(served).length > 0) return { modern: false, version: wished };
    throw unsupportedVersion(wished ?? firstStreamable, served);
  }
  const inSession = singleHeader(headers, 'mcp-session-id') !== undefined;
  const named = version ?? (inSession ? undefined : firstStreamable);
  const isServed = named === undefined ? negotiable(served).length > 0 : served.includes(named);
  if (isServed) return { modern: false, version: named };
  throw unsupportedVersion(named ?? firstStreamable, served);
}

/**
 * Of a version that is not known at all. Who names it in the body is of the era whose requests do: it
 * is told of the versions that `server/discover` names, where there are some.
 */
function unsupported(
  headers: HeaderRecord,
  message: Envelope | undefined,
  requested: string,
  served: readonly string[],
): McpError {
  if (message !== undefined) checkNamedVersion(headers, message);
  const modern = served.filter((version) => modernVersions.includes(version));
  const isNamed = message !== undefined && namedVersion(message) !== undefined;
  return unsupportedVersion(requested, isNamed && modern.length > 0 ? modern : served);
}

function unsupportedVersion(requested: string, supported: readonly string[]): McpError {
  const message = `this protocol version is not served here; served: ${supported.join(', ')}`;
  return new McpError('unsupported_version', message, { supported, requested });
}

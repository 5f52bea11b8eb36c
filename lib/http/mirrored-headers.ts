import { McpError } from '../errors/errors.js';
import type { Envelope, RequestEnvelope } from '../json/types.js';
import { decodeMirrored } from './mirrored-value.js';
import { singleHeader } from './single-header.js';
import type { HeaderRecord } from './single-header.js';
import { methods } from '../protocol/methods.js';

export const protocolVersionHeader = 'mcp-protocol-version';

/** What `Mcp-Name` mirrors, by method (requirement H11). */
const mirroredMember: ReadonlyMap<string, 'name' | 'uri' | 'taskId'> = new Map([
  [methods.callTool, 'name'],
  [methods.getPrompt, 'name'],
  [methods.readResource, 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
] as const);

/** Methods whose requests name what they are about in `Mcp-Name`. */
export const mirroredMethods: ReadonlySet<string> = new Set(mirroredMember.keys());

/**
 * Checks that a modern request's headers mirror its body (requirements H6, H11, H12). Header rules
 * exist for requests only, so other messages pass.
 * @throws McpError `header_mismatch` where a required header is missing, repeated, malformed or
 *   differs from the body; `invalid_meta` where the body names no protocol version (H9)
 */
export function checkMirroredHeaders(headers: HeaderRecord, message: Envelope): void {
  if (message.kind !== 'request') return;
  const version = message.params?.protocolVersion;
  if (version === undefined) {
    throw new McpError(
      'invalid_meta',
      'params._meta["io.modelcontextprotocol/protocolVersion"] is required',
    );
  }
  compare(headers, protocolVersionHeader, version, (value) => value);
  compare(headers, 'mcp-method', message.method, (value) => value);
  const name = mirroredName(message);
  if (name !== undefined) compare(headers, 'mcp-name', name, decodeMirrored);
}

/** The protocol version that a message names in its `_meta`. */
export function namedVersion(message: Envelope): string | undefined {
  return message.kind === 'response' ? undefined : message.params?.protocolVersion;
}

/**
 * Checks the version alone, of a message whose version nobody here knows: other rules for headers it
 * may have changed (requirement H6).
 * @throws McpError `header_mismatch` where header and body name two
 */
export function checkNamedVersion(headers: HeaderRecord, message: Envelope): void {
  const version = namedVersion(message);
  if (version === undefined || read(headers, protocolVersionHeader) === undefined) return;
  compare(headers, protocolVersionHeader, version, (value) => value);
}

/**
 * The same for a message whose version has no such headers: none is needed, but one that is there
 * must agree, since a server may go by it.
 * @throws McpError `header_mismatch`
 */
export function checkClaimedHeaders(headers: HeaderRecord, message: Envelope): void {
  if (message.kind === 'response') return;
  const has = (name: string) => headers[name] !== undefined;
  if (has('mcp-method')) compare(headers, 'mcp-method', message.method, (value) => value);
  if (!has('mcp-name')) return;
  const name = message.kind === 'request' ? mirroredName(message) : undefined;
  if (name === undefined) throw mismatch('the header mcp-name disagrees with the body');
  compare(headers, 'mcp-name', name, decodeMirrored);
}

/** What `Mcp-Name` mirrors of this request; undefined where its method has no such header. */
export function mirroredName(message: RequestEnvelope): string | undefined {
  const member = mirroredMember.get(message.method);
  return member === undefined ? undefined : message.params?.[member]?.text;
}

function compare(
  headers: HeaderRecord,
  name: string,
  expected: string,
  decode: (value: string) => string | undefined,
): void {
  const value = read(headers, name);
  if (value === undefined) throw mismatch(`the header ${name} is required`);
  const decoded = decode(value);
  if (decoded === undefined) throw mismatch(`the header ${name} is not validly encoded`);
  if (decoded !== expected) throw mismatch(`the header ${name} disagrees with the body`);
}

function read(headers: HeaderRecord, name: string): string | undefined {
  try {
    return singleHeader(headers, name);
  } catch (error) {
    throw error instanceof McpError ? mismatch(error.message) : error;
  }
}

function mismatch(message: string): McpError {
  return new McpError('header_mismatch', message);
}

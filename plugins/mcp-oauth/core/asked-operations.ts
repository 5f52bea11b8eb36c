import {
  checkClaimedHeaders,
  checkMirroredHeaders,
  checkNamedVersion,
  classify,
} from '../../../lib/protocol/classify.js';
import { legacyVersions, modernVersions } from '../../../lib/protocol/classify.js';
import { McpError } from '../../../lib/errors/errors.js';
import { checkBodyHeaders } from '../../../lib/http/body-headers.js';
import { singleHeader } from '../../../lib/http/single-header.js';
import type { HeaderRecord } from '../../../lib/http/single-header.js';
import { messagesOf, rawId, readMessage, withId } from '../../../lib/json/envelope.js';
import type { ReadMessage } from '../../../lib/json/envelope.js';
import type { Envelope } from '../../../lib/json/types.js';
import { bodiless, itemOperations, operationsOf } from '../../../lib/policy/operation.js';
import type { Operation } from '../../../lib/policy/operation.js';
import { methods } from '../../../lib/protocol/methods.js';
import { calls, ownTools, seemingInnerName } from '../../../lib/protocol/own-tools.js';
import { lastBeforeStreamable } from '../../../lib/protocol/revisions.js';

/** A request whose body rules look into. */
export interface BodyFacts {
  readonly headers: HeaderRecord;
  readonly method: string;
  /** The whole body, within the limit. */
  readonly readBody: () => Promise<Buffer>;
}

/** What a request asks for, in all its messages. */
export interface AskedOperations {
  readonly operations: readonly Operation[];
  /** The id of its only request, as raw JSON; null where there is none. */
  readonly id: string;
}

/**
 * Reads what a request to an MCP server asks for. What cannot be read for certain never passes.
 * @throws McpError for a body or a version that cannot be read, or where headers disagree with the
 *   body; as RefusedMessageError where the request's id could be read
 */
export async function askedOperations(
  { headers, method, readBody }: BodyFacts,
  maxBytes: number,
): Promise<AskedOperations> {
  if (method !== 'POST') {
    await checkBodiless(method, headers, readBody);
    return { operations: bodiless, id: 'null' };
  }
  checkBodyHeaders(headers, maxBytes);
  const bytes = await readBody();
  const read = readMessage(bytes);
  const decide = () => {
    checkEras(headers, read);
    return messagesOf(read).flatMap((message) => [
      ...operationsOf(message),
      ...meantOperations(bytes, message),
    ]);
  };
  if (read.kind === 'batch') return { operations: decide(), id: 'null' };
  const { message } = read;
  return { operations: withId(bytes, message, decide), id: rawId(bytes, message) };
}

/**
 * What a call may come to behind this plugin, where views of mcp-aggregate, or the server itself, have
 * tools that find and call others: no way leads round a rule on the tool that is meant.
 */
function meantOperations(bytes: Buffer, message: Envelope): readonly Operation[] {
  const inner = seemingInnerName(bytes, message);
  if (inner !== undefined) return itemOperations('tool', inner);
  return calls(message, ownTools.search) ? [{ method: methods.listTools, name: undefined }] : [];
}

async function checkBodiless(
  method: string,
  headers: HeaderRecord,
  readBody: () => Promise<Buffer>,
): Promise<void> {
  if (method !== 'GET' && method !== 'DELETE') {
    throw new McpError('method_not_allowed', 'use POST, GET or DELETE');
  }
  const length = Number(singleHeader(headers, 'content-length') ?? 0);
  if (length !== 0 || (await readBody()).length > 0) {
    throw new McpError('invalid_request', `${method} must not have a body`);
  }
}

/** A server may go by headers where its version has them, so they must say what the body says. */
function checkEras(headers: HeaderRecord, read: ReadMessage): void {
  for (const message of messagesOf(read)) {
    const era = classify(headers, message);
    if (era.era === 'unsupported') checkNamedVersion(headers, message);
    if (era.era === 'unsupported' && era.requested !== lastBeforeStreamable) {
      const supported = [...modernVersions, ...legacyVersions];
      const data = { supported, requested: era.requested };
      throw new McpError('unsupported_version', 'rules cannot read this protocol version', data);
    }
    if (era.era === 'modern' && read.kind === 'batch') {
      throw new McpError('batch_refused', `version ${era.version} has no batches`);
    }
    if (era.era === 'modern') checkMirroredHeaders(headers, message);
    else checkClaimedHeaders(headers, message);
  }
}

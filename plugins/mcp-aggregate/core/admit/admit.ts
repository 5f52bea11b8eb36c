import { McpError } from '../../../../lib/errors/errors.js';
import { rawId, readMessage, withId } from '../../../../lib/json/envelope.js';
import type { ReadMessage } from '../../../../lib/json/envelope.js';
import type { Envelope } from '../../../../lib/json/types.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import { mirroredName } from '../../../../lib/http/mirrored-headers.js';
import { firstStreamable } from '../../../../lib/protocol/revisions.js';
import { checkEra } from './check-era.js';
import type { ClientEra } from './check-era.js';

/** What a body asks for, as it is shown to Kong's plugins and bound to the handle. */
export interface Asked {
  /** Empty where the body names none: a client's response. */
  readonly method: string;
  /** What `Mcp-Name` mirrors. */
  readonly name: string | undefined;
}

/** A body that is let in. */
export interface Admitted {
  readonly asked: Asked;
  readonly messages: readonly Envelope[];
  readonly read: ReadMessage;
  /** The id of its request, as raw JSON; null where there is none, or in a batch. */
  readonly id: string;
  readonly client: ClientEra;
}

/**
 * Reads a POST's body and decides whether it is let in.
 * @param sessionVersion the version negotiated by the request's session, if it has a valid one
 * @param served the versions that clients are served
 * @throws McpError; as RefusedMessageError where the request's id could be read
 */
export function admitBody(
  bytes: Buffer,
  headers: HeaderRecord,
  sessionVersion: () => string | undefined,
  served: readonly string[],
): Admitted {
  const read = readMessage(bytes);
  if (read.kind === 'single') {
    const { message } = read;
    const client = withId(bytes, message, () => checkEra(headers, { bytes, message }, served));
    const messages = [message];
    return { asked: askedBy(messages), messages, read, id: rawId(bytes, message), client };
  }
  const { messages } = read;
  checkBatch(messages, sessionVersion);
  const eras = messages.map((message) => checkEra(headers, { bytes, message }, served));
  if (eras.some(({ modern }) => modern)) {
    throw new McpError('batch_refused', 'a message of a version without sessions comes alone');
  }
  return { asked: askedBy(messages), messages, read, id: 'null', client: eras[0]! };
}

/** What `Mcp-Method` and `Mcp-Name` say of the messages of one body: its request, else its first. */
export function askedBy(messages: readonly Envelope[]): Asked {
  const message = messages.find(({ kind }) => kind === 'request') ?? messages[0];
  if (message === undefined || message.kind === 'response') return { method: '', name: undefined };
  const name = message.kind === 'request' ? mirroredName(message) : undefined;
  return { method: message.method, name };
}

/**
 * A batch is let in where its version has them, with one request at most, so that what the request
 * asks for is what Kong's plugins see and count.
 */
export function checkBatch(
  messages: readonly Envelope[],
  sessionVersion: () => string | undefined,
): void {
  const requests = messages.filter((message) => message.kind === 'request');
  if (sessionVersion() !== firstStreamable) {
    throw new McpError('batch_refused', `batches need a session negotiated as ${firstStreamable}`);
  }
  if (requests.length > 1 || requests[0]?.method === 'initialize') {
    throw new McpError('batch_refused', 'a batch may hold one request, and not initialize');
  }
}

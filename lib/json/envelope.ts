import { McpError } from '../errors/errors.js';
import { arrayItems, decodeString, findMember, isWellFormedText, kindOf } from './members.js';
import { envelopeKeys, protocolMembers } from './protocol-keys.js';
import { readParams, readPlainText, requireRoutingMember } from './read-params.js';
import type { ReadLimits } from './read-params.js';
import { JsonSyntaxError, NestingError, validateJson } from './scan.js';
import { nestsDeeperThan } from './skip.js';
import type { Envelope, Member, ResponseEnvelope, Span } from './types.js';

export type ReadMessage =
  | { readonly kind: 'single'; readonly message: Envelope }
  | { readonly kind: 'batch'; readonly messages: Envelope[] };

/** A message that is refused although its id could be read: the answer carries that id. */
export class RefusedMessageError extends McpError {
  /** The id as raw JSON. */
  readonly id: string;

  constructor(cause: McpError, id: string) {
    super(cause.code, cause.message, cause.data);
    this.name = 'RefusedMessageError';
    this.id = id;
    this.cause = cause;
  }
}

/** The messages of a body, one or several. */
export function messagesOf(read: ReadMessage): readonly Envelope[] {
  return read.kind === 'single' ? [read.message] : read.messages;
}

/** The id of a request as raw JSON; null for another message. @param bytes that it was read from */
export function rawId(bytes: Buffer, message: Envelope): string {
  return message.kind === 'request'
    ? bytes.toString('utf8', message.id.start, message.id.end)
    : 'null';
}

/**
 * Runs what is about one message; where that is a request, a refusal carries its id.
 * @param bytes that it was read from
 * @throws RefusedMessageError for an McpError of `run`, whatever else that throws
 */
export function withId<T>(bytes: Buffer, message: Envelope, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof McpError) || message.kind !== 'request') throw error;
    throw new RefusedMessageError(error, rawId(bytes, message));
  }
}

const maxIdBytes = 256;
const maxMethodBytes = 256;
/** `"2.0"` with each character escaped. */
const maxVersionBytes = 20;

/**
 * Reads a body as JSON-RPC, so that Go's, Python's and JavaScript's parsers would read the same
 * (design D9), or refuses it.
 * @throws McpError `parse_error` where it is not JSON; `invalid_request` where it is no JSON-RPC
 *   message, passes a bound, or parsers could differ; `invalid_params` where only the member that
 *   routes its method is missing or unusable
 * @throws RefusedMessageError the same, where a single request's id could be read
 */
export function readMessage(bytes: Buffer, limits: ReadLimits = {}): ReadMessage {
  const root = validRoot(bytes, limits.maxFreeDepth);
  if (kindOf(bytes, root) !== 'array') {
    return { kind: 'single', message: readOne(bytes, root, 1, limits) };
  }
  const most = limits.maxBatch ?? 100;
  const items = arrayItems(bytes, root, most + 1);
  if (items.length === 0) throw refused('a batch must hold at least one message');
  if (items.length > most) throw refused(`a batch holds at most ${most} messages`);
  return { kind: 'batch', messages: items.map((span) => readOne(bytes, span, 2, limits)) };
}

function validRoot(bytes: Buffer, maxDepth: number | undefined): Span {
  try {
    return validateJson(bytes, maxDepth === undefined ? {} : { maxDepth });
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const refused = new McpError('parse_error', `the body is not JSON: ${error.message}`);
    refused.cause = error;
    throw refused;
  }
}

/** Whether `readMessage` refused a message for nothing but its depth, as far as it was read. */
export function isTooDeep(error: unknown): boolean {
  return error instanceof McpError && error.cause instanceof NestingError;
}

function readOne(bytes: Buffer, span: Span, depth: number, limits: ReadLimits): Envelope {
  if (kindOf(bytes, span) !== 'object') throw refused('a message must be a JSON object');
  const members = protocolMembers(bytes, span, envelopeKeys, 'the message', limits.maxMembers);
  const version = findMember(members, 'jsonrpc');
  if (version?.kind !== 'string' || !isTwo(bytes, version.value)) {
    throw refused('"jsonrpc" must be "2.0"');
  }
  const id = findMember(members, 'id');
  if (findMember(members, 'method') === undefined) return readResponse(bytes, span, members, id);
  if (id === undefined)
    return { kind: 'notification', span, ...readCall(bytes, members, depth, limits) };
  checkId(bytes, id);
  try {
    const call = readCall(bytes, members, depth, limits);
    return { kind: 'request', span, id: id.value, ...call };
  } catch (error) {
    if (!(error instanceof McpError)) throw error;
    throw new RefusedMessageError(error, bytes.toString('utf8', id.value.start, id.value.end));
  }
}

/** Compared without decoding more than the longest spelling of it. */
function isTwo(bytes: Buffer, value: Span): boolean {
  return value.end - value.start <= maxVersionBytes && decodeString(bytes, value) === '2.0';
}

function readCall(bytes: Buffer, members: readonly Member[], depth: number, limits: ReadLimits) {
  const method = findMember(members, 'method');
  if (method?.kind !== 'string') throw refused('"method" must be a string');
  if (findMember(members, 'result') ?? findMember(members, 'error')) {
    throw refused('a message with "method" has neither "result" nor "error"');
  }
  const name = readPlainText(bytes, method.value, maxMethodBytes, '"method"', 'invalid_request');
  const params = findMember(members, 'params');
  checkExtraDepth(bytes, members, depth, limits);
  if (params === undefined) {
    requireRoutingMember(name, undefined);
    return { method: name, params: undefined };
  }
  if (params.kind !== 'object') throw refused('"params" must be an object');
  return { method: name, params: readParams(bytes, params.value, name, depth + 1, limits) };
}

function readResponse(
  bytes: Buffer,
  span: Span,
  members: readonly Member[],
  id: Member | undefined,
): ResponseEnvelope {
  const result = findMember(members, 'result');
  const error = findMember(members, 'error');
  if ((result === undefined) === (error === undefined)) {
    throw refused('a message needs "method", or exactly one of "result" and "error"');
  }
  if (findMember(members, 'params') !== undefined) throw refused('"params" needs "method"');
  if ((result ?? error)?.kind !== 'object') {
    throw refused('"result" and "error" must be objects');
  }
  const unknownId = id === undefined || id.kind === 'null';
  if (unknownId && result !== undefined) throw refused('a result needs the id it answers');
  if (!unknownId) checkId(bytes, id);
  return {
    kind: 'response',
    span,
    id: unknownId ? undefined : id.value,
    result: result?.value,
    error: error?.value,
  };
}

/** @throws McpError unless the id is a string or an integer within bounds */
function checkId(bytes: Buffer, id: Member): void {
  const { start, end } = id.value;
  if (end - start > maxIdBytes) throw refused(`"id" is longer than ${maxIdBytes} bytes`);
  if (id.kind === 'string') {
    if (isWellFormedText(decodeString(bytes, id.value))) return;
    throw refused('"id" holds a lone surrogate');
  }
  const text = bytes.toString('latin1', start, end);
  if (id.kind === 'number' && text !== '-0' && !/[.eE]/.test(text)) return;
  throw refused('"id" must be a string or an integer');
}

/** Members that no protocol knows are carried, but not to any depth. */
function checkExtraDepth(
  bytes: Buffer,
  members: readonly Member[],
  depth: number,
  limits: ReadLimits,
): void {
  const room = (limits.maxDepth ?? 64) - depth;
  for (const member of members) {
    if (member.key !== 'params' && nestsDeeperThan(bytes, member.value, room)) {
      throw refused('the message is nested too deeply');
    }
  }
}

function refused(message: string): McpError {
  return new McpError('invalid_request', message);
}

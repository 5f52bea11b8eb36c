import { McpError } from '../errors/errors.js';
import type { ErrorCode } from '../errors/errors.js';
import { decodeString, findMember } from './members.js';
import {
  isPlainText,
  metaKeys,
  paramsKeys,
  protocolMembers,
  protocolVersionKey,
  refKeys,
} from './protocol-keys.js';
import { nestsDeeperThan } from './skip.js';
import type { CompletionRef, Member, ParamsEnvelope, Span } from './types.js';
import { methods } from '../protocol/methods.js';

/** Bounds of one message; sizes in bytes as they stand, escapes included. */
export interface ReadLimits {
  /** Messages in a batch; default 100. */
  readonly maxBatch?: number;
  /** Members of the envelope, `params`, `_meta` and `ref` each; default 128. */
  readonly maxMembers?: number;
  /** Nesting outside `arguments`, `result` and `error`; default 64. */
  readonly maxDepth?: number;
  /** Nesting within them, counted from the whole; default 512. */
  readonly maxFreeDepth?: number;
  /** `name`; default 1024. */
  readonly maxNameBytes?: number;
  /** `taskId`; default 4096: sealed ones are longer than the servers' own. */
  readonly maxTaskIdBytes?: number;
  /** `uri`; default 4096. */
  readonly maxUriBytes?: number;
}

interface Text {
  readonly text: string;
  readonly span: Span;
}

/** Which member a method is routed by; a message of that method must have it as a string. */
const routedBy: ReadonlyMap<string, 'name' | 'uri' | 'ref'> = new Map([
  [methods.callTool, 'name'],
  [methods.getPrompt, 'name'],
  [methods.readResource, 'uri'],
  [methods.subscribe, 'uri'],
  [methods.unsubscribe, 'uri'],
  [methods.complete, 'ref'],
] as const);

/**
 * What routing needs of `params`.
 * @param depth nesting level of `params` itself
 * @throws McpError `invalid_request` where parsers could differ or a bound is passed,
 *   `invalid_params` where the member that routes `method` is missing or no plain string,
 *   `invalid_meta` where the protocol version is no plain string
 */
export function readParams(
  bytes: Buffer,
  span: Span,
  method: string,
  depth: number,
  limits: ReadLimits,
): ParamsEnvelope {
  const members = protocolMembers(bytes, span, paramsKeys, 'params', limits.maxMembers);
  const room = (limits.maxDepth ?? 64) - depth;
  for (const member of members) {
    if (member.key !== 'arguments' && nestsDeeperThan(bytes, member.value, room)) {
      throw new McpError('invalid_request', 'params is nested too deeply outside arguments');
    }
  }
  const maxName = limits.maxNameBytes ?? 1024;
  const maxUri = limits.maxUriBytes ?? 4096;
  const meta = readMeta(bytes, findMember(members, '_meta'), limits.maxMembers);
  const params: ParamsEnvelope = {
    span,
    members,
    name: readText(bytes, findMember(members, 'name'), maxName),
    uri: readText(bytes, findMember(members, 'uri'), maxUri),
    meta,
    protocolVersion: readVersion(bytes, findMember(meta, protocolVersionKey)),
    ref: readRef(bytes, findMember(members, 'ref'), maxName, maxUri),
    taskId: readText(bytes, findMember(members, 'taskId'), limits.maxTaskIdBytes ?? 4096),
  };
  requireRoutingMember(method, params);
  return params;
}

/** Not there in versions whose every request names its version. */
const ofSessions: ReadonlySet<string> = new Set([methods.subscribe, methods.unsubscribe]);

/** @throws McpError `invalid_params` where the member that routes `method` is missing */
export function requireRoutingMember(method: string, params: ParamsEnvelope | undefined): void {
  const wanted = routedBy.get(method);
  if (wanted === undefined || params?.[wanted] !== undefined) return;
  // What is said of a method that there is not must not depend on its parameters (requirement H8).
  if (ofSessions.has(method) && params?.protocolVersion !== undefined) return;
  const shape =
    wanted === 'ref'
      ? 'params.ref with type "ref/prompt" and name, or type "ref/resource" and uri'
      : `params.${wanted} as a string`;
  throw new McpError('invalid_params', `${method} needs ${shape}`);
}

function readMeta(
  bytes: Buffer,
  member: Member | undefined,
  most: number | undefined,
): readonly Member[] {
  if (member === undefined) return [];
  if (member.kind !== 'object') throw refused('params._meta must be an object');
  return protocolMembers(bytes, member.value, metaKeys, 'params._meta', most);
}

function readVersion(bytes: Buffer, member: Member | undefined): string | undefined {
  if (member === undefined) return undefined;
  if (member.kind !== 'string') {
    throw new McpError('invalid_meta', `_meta["${protocolVersionKey}"] must be a string`);
  }
  return readPlainText(bytes, member.value, 64, 'the protocol version', 'invalid_meta');
}

function readRef(
  bytes: Buffer,
  member: Member | undefined,
  maxName: number,
  maxUri: number,
): CompletionRef | undefined {
  if (member?.kind !== 'object') return undefined;
  const members = protocolMembers(bytes, member.value, refKeys, 'params.ref');
  const type = findMember(members, 'type');
  if (type?.kind !== 'string') return undefined;
  const name = readText(bytes, findMember(members, 'name'), maxName);
  const uri = readText(bytes, findMember(members, 'uri'), maxUri);
  const kind = decodeString(bytes, type.value);
  if (kind === 'ref/prompt' && name !== undefined) return { kind: 'prompt', ...name };
  if (kind === 'ref/resource' && uri !== undefined) return { kind: 'resource', ...uri };
  return undefined;
}

function readText(bytes: Buffer, member: Member | undefined, max: number): Text | undefined {
  if (member?.kind !== 'string') return undefined;
  const text = readPlainText(bytes, member.value, max, `"${member.key}"`, 'invalid_params');
  return { text, span: member.value };
}

/**
 * The text of a string that decisions rest on.
 * @throws McpError `code` where it is longer than `max` bytes, or holds a control character or a
 *   lone surrogate, which parsers, headers and logs render differently
 */
export function readPlainText(
  bytes: Buffer,
  span: Span,
  max: number,
  what: string,
  code: ErrorCode,
): string {
  if (span.end - span.start - 2 > max)
    throw new McpError(code, `${what} is longer than ${max} bytes`);
  const text = decodeString(bytes, span);
  if (isPlainText(text)) return text;
  throw new McpError(code, `${what} holds a control character or a lone surrogate`);
}

function refused(message: string): McpError {
  return new McpError('invalid_request', message);
}

import { McpError } from '../../../../lib/errors/errors.js';
import {
  decodeString,
  findMember,
  objectMembers,
  TooManyMembersError,
} from '../../../../lib/json/members.js';
import type { Member, ParamsEnvelope, RawJson, Span } from '../../../../lib/json/types.js';
import { declaredCapabilities, readLogLevel } from './modern-meta.js';
import { declaresTasks, readDeclared } from '../capabilities/client-capabilities.js';

/** What a request without a session says of its client and of earlier rounds. */
export interface ModernRequest {
  /** Packed, as of a session's client. */
  readonly capabilities: number;
  /** Whether it takes a task in place of a result (ext-tasks). */
  readonly tasks: boolean;
  readonly logLevel: string | undefined;
  /** What the client answered, whatever it is, by the key of the question. */
  readonly answers: ReadonlyMap<string, RawJson>;
  /** `requestState`, decoded. */
  readonly state: string | undefined;
}

/** What it says of its client alone. */
export type ModernClient = Pick<ModernRequest, 'capabilities' | 'logLevel'>;

/** Answers in one request: a server may put so many questions at once. */
const mostAnswers = 128;

/**
 * Reads what a modern request carries beside its subject.
 * @throws McpError `invalid_meta` as `checkModernMessage`; `invalid_params` where answers or state are
 *   none, or too many
 */
export function readModernRequest(
  bytes: Buffer,
  params: ParamsEnvelope | undefined,
): ModernRequest {
  const declared = declaredCapabilities(params);
  const responses = params && findMember(params.members, 'inputResponses');
  const state = params && findMember(params.members, 'requestState');
  if (state !== undefined && state.kind !== 'string') {
    throw new McpError('invalid_params', 'requestState must be a string');
  }
  return {
    ...readDeclared(bytes, declared),
    logLevel: readLogLevel(bytes, params),
    answers: readAnswers(bytes, responses),
    state: textOf(bytes, state),
  };
}

/**
 * Reads what a modern request says of its client.
 * @throws McpError `invalid_meta`
 */
export function readModernClient(bytes: Buffer, params: ParamsEnvelope | undefined): ModernClient {
  return {
    capabilities: readDeclared(bytes, declaredCapabilities(params)).capabilities,
    logLevel: readLogLevel(bytes, params),
  };
}

/**
 * Whether the client of a request takes tasks (ext-tasks).
 * @throws McpError `invalid_meta`
 */
export function takesTasks(bytes: Buffer, params: ParamsEnvelope | undefined): boolean {
  return declaresTasks(bytes, declaredCapabilities(params));
}

function readAnswers(bytes: Buffer, member: Member | undefined): ReadonlyMap<string, RawJson> {
  if (member === undefined) return new Map();
  if (member.kind !== 'object') {
    throw new McpError('invalid_params', 'inputResponses must be an object');
  }
  return new Map(
    answersIn(bytes, member.value).map(
      ({ key, value }) => [key, bytes.subarray(value.start, value.end)] as const,
    ),
  );
}

function answersIn(bytes: Buffer, span: Span): readonly Member[] {
  try {
    return objectMembers(bytes, span, mostAnswers);
  } catch (error) {
    if (!(error instanceof TooManyMembersError)) throw error;
    throw new McpError('invalid_params', `inputResponses has more than ${mostAnswers} members`);
  }
}

function textOf(bytes: Buffer, member: Member | undefined): string | undefined {
  return member?.kind === 'string' ? decodeString(bytes, member.value) : undefined;
}

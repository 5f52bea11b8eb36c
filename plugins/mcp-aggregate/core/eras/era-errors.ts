import { McpError } from '../../../../lib/errors/errors.js';
import { arrayItems, decodeString, findMember } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import { encodeString, removals, splice, withMember } from '../../../../lib/json/splice.js';
import type { Member, RawJson, Span } from '../../../../lib/json/types.js';
import { rpcCodes } from '../../../../lib/protocol/rpc-codes.js';
import { tasksExtension } from '../../../../lib/protocol/tasks.js';
import { failed } from '../calls/local-failure.js';
import type { CallEvent, Failure, Input, InputRequest } from '../calls/call.js';

/** Elicitations of one error that are read. */
const mostUrls = 16;

/** What is known of the call whose error is looked at. */
export interface ErrorSubject {
  readonly server: string;
  /** The URI asked for, as the server knows it. */
  readonly uri: string | undefined;
  /** Whether the server is told what clients can do. */
  readonly trusted: boolean;
}

type Answered = Extract<Failure, { kind: 'answered' }>;

/**
 * A server's error as the era without sessions has it: a missing resource is a wrong parameter, and
 * URLs to be visited are questions (requirement H20: neither of the old codes may be sent).
 */
export function modernError({ error }: Answered, about: ErrorSubject): CallEvent {
  const { code, data } = readError(error);
  if (code === rpcCodes.resourceNotFound && about.uri !== undefined) {
    return answered(withCode(error, rpcCodes.invalidParams, about.uri));
  }
  if (code === rpcCodes.urlElicitationRequired) {
    const asked = data && urlRequests(error, data.value);
    if (asked !== undefined) return asked;
  }
  return code === rpcCodes.missingCapability ? missing(error, about) : answered(error);
}

/** A server's error as revisions with sessions have it. */
export function legacyError({ error }: Answered, about: ErrorSubject): CallEvent {
  const { code, data } = readError(error);
  if (code === rpcCodes.missingCapability) return missing(error, about);
  const named = data && findMember(lastNamed(error, data.value, 'uri'), 'uri');
  const isMissing = code === rpcCodes.invalidParams && named?.kind === 'string';
  if (!isMissing || about.uri === undefined) return answered(error);
  return answered(withCode(error, rpcCodes.resourceNotFound, about.uri));
}

/** The client cannot mend it where its capabilities were kept from the server. */
function missing(error: RawJson, { server, trusted }: ErrorSubject): CallEvent {
  if (trusted || wantsTasks(error)) return answered(error);
  return failed(
    new McpError(
      'capability_withheld',
      `server ${server} wants to ask the client, which only servers with trusted may`,
      { server },
    ),
  );
}

/** Of this, servers without `trusted` are told as well. */
function wantsTasks(error: RawJson): boolean {
  let at: Span | undefined = wholeOf(error);
  for (const key of ['data', 'requiredCapabilities', 'extensions', tasksExtension]) {
    const member: Member | undefined = at && findMember(lastNamed(error, at, key), key);
    at = member?.kind === 'object' ? member.value : undefined;
  }
  return at !== undefined;
}

function answered(error: RawJson): CallEvent {
  return { type: 'fail', failure: { kind: 'answered', error } };
}

function readError(error: RawJson): { code: number; data: Member | undefined } {
  const members = lastNamed(error, wholeOf(error), 'code', 'data');
  const code = findMember(members, 'code');
  const data = findMember(members, 'data');
  return {
    code: code ? Number(textOf(error, code.value)) : NaN,
    data: data?.kind === 'object' ? data : undefined,
  };
}

/** With this code, and the URI in its data as both eras want it. */
function withCode(error: RawJson, code: number, uri: string): RawJson {
  const members = lastNamed(error, wholeOf(error), 'code', 'data');
  const data = findMember(members, 'data');
  const own = data?.kind === 'object' ? textOf(error, data.value) : '{}';
  const raw = Buffer.from(own);
  const whole = wholeOf(raw);
  const named = withMember(raw, whole, lastNamed(raw, whole, 'uri'), 'uri', encodeString(uri));
  const coded = withMember(error, wholeOf(error), members, 'code', String(code));
  const again = lastNamed(coded, wholeOf(coded), 'data');
  return withMember(coded, wholeOf(coded), again, 'data', named);
}

function urlRequests(error: RawJson, data: Span): Input | undefined {
  const list = findMember(lastNamed(error, data, 'elicitations'), 'elicitations');
  if (list?.kind !== 'array') return undefined;
  const items = arrayItems(error, list.value).slice(0, mostUrls);
  const requests = items.flatMap((item, index) => urlRequest(error, item, index) ?? []);
  return requests.length === 0 ? undefined : { type: 'input', requests, state: undefined };
}

function urlRequest(error: RawJson, item: Span, index: number): InputRequest | undefined {
  if (error[item.start] !== 0x7b) return undefined;
  const params = error.subarray(item.start, item.end);
  const members = lastNamed(params, wholeOf(params), 'elicitationId', 'mode', 'url', 'message');
  const id = findMember(members, 'elicitationId');
  const key = id?.kind === 'string' ? decodeString(params, id.value).slice(0, 128) : '';
  const own = splice(
    params,
    removals(
      params,
      members.filter((member) => member.key === 'elicitationId'),
    ),
  );
  return { key: key === '' ? `url-${index + 1}` : key, method: 'elicitation/create', params: own };
}

function wholeOf(raw: RawJson): Span {
  return { start: 0, end: raw.length };
}

function textOf(bytes: RawJson, { start, end }: Span): string {
  return bytes.toString('utf8', start, end);
}

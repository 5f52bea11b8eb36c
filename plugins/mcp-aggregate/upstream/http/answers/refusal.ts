import { McpError } from '../../../../../lib/errors/errors.js';
import type { RawJson } from '../../../../../lib/json/types.js';
import type { ServerConfig } from '../../../config/config.js';
import { readServerMessage } from '../../conversation/read-server-message.js';
import { errorInWords, readSaidError } from '../../failure/said-error.js';
import type { SaidError } from '../../failure/said-error.js';
import { decodedBody } from './decode-body.js';
import { discard } from '../requests/http-endpoint.js';
import { isOfTheWay, statusFailure } from './status.js';
import type { HttpAnswer } from './take-answer.js';
import { rpcCodes } from '../../../../../lib/protocol/rpc-codes.js';

/** Longer bodies of refusals are not read, nor slower ones, in bytes and milliseconds. */
const mostBytes = 65_536;
const mostMs = 2_000;

/** JSON-RPC code by which some servers say that they do not know a session. */
const { unknownSession } = rpcCodes;

/** The server's answer to a request is a refusal, by its status or by a JSON-RPC error. */
export class Refused extends McpError {
  readonly httpStatus: number;
  /** The whole message, where it is a JSON-RPC error that answers this very request. */
  readonly answer: Buffer | undefined;
  /** The error object, whichever request it names. */
  readonly error: RawJson | undefined;
  /** What it says, where it is a JSON-RPC error. */
  readonly said: SaidError | undefined;

  constructor(failure: McpError, status: number, refusal?: Reading) {
    super(failure.code, failure.message, failure.data);
    this.name = 'Refused';
    this.httpStatus = status;
    this.answer = refusal?.isOwn === true ? refusal.message : undefined;
    this.error = refusal?.error;
    this.said = refusal && readSaidError(refusal.error);
  }
}

interface Reading {
  readonly message: Buffer;
  readonly error: RawJson;
  /** Whether it answers the request that was sent. */
  readonly isOwn: boolean;
}

/**
 * Reads an answer whose status is not 2xx. A JSON-RPC error in it is the server's word, unless the
 * status is about the way to it or the credential (design D12).
 * @param id of the request; absent for a message that gets no answer
 */
export async function readRefusal(
  server: ServerConfig,
  answer: HttpAnswer,
  id: number | undefined,
): Promise<Refused> {
  const { statusCode: status, headers } = answer;
  const failure = statusFailure(server, status, headers['retry-after']);
  if (isOfTheWay(status)) {
    discard(answer);
    return new Refused(failure, status);
  }
  const body = await bodyOf(server, answer);
  const reading = body && readError(body, id);
  if (reading === undefined) return new Refused(failure, status);
  const { code, message, data } = failure;
  const told = `${message} with ${errorInWords(readSaidError(reading.error))}`;
  // When to ask again is what the way says; the client gets it from us.
  const isOwn = reading.isOwn && data?.['retry_after_ms'] === undefined;
  return new Refused(new McpError(code, told, data), status, { ...reading, isOwn });
}

const sessionCodes: ReadonlySet<number> = new Set([unknownSession]);

/**
 * As a refusal, an answer with status 200 that is an error of one of these codes: of the session that
 * is unknown, unless others are given.
 */
export function deniedInside(
  server: ServerConfig,
  { whole, statusCode }: HttpAnswer,
  id: number,
  codes = sessionCodes,
): Refused | undefined {
  if (whole === undefined || whole.length > 4096 || !whole.includes('"error"')) return undefined;
  const reading = readError(whole, id);
  if (!reading?.isOwn || !codes.has(readSaidError(reading.error).code)) return undefined;
  return new Refused(statusFailure(server, statusCode), statusCode, reading);
}

/** Whether a refusal may be about the session, and not about what was asked. */
export function mayDenySession({ httpStatus, answer, said }: Refused): boolean {
  if (answer === undefined) return [400, 401, 403, 404, 410, 500, 503].includes(httpStatus);
  // Arguments and methods are refused by codes of their own.
  return (
    said?.code === rpcCodes.unknownSession ||
    said?.code === rpcCodes.noConnection ||
    said?.code === rpcCodes.unsupportedVersion ||
    said?.code === rpcCodes.invalidRequest
  );
}

/** Whether two refusals say the same, so that both come before anything is done. */
export function isSameRefusal(one: Refused, other: Refused): boolean {
  if (one.httpStatus !== other.httpStatus || one.said?.code !== other.said?.code) return false;
  return one.said?.message === other.said?.message;
}

async function bodyOf(server: ServerConfig, answer: HttpAnswer): Promise<Buffer | undefined> {
  const { body, headers } = answer;
  const timer = setTimeout(() => body.destroy(), mostMs).unref();
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    const encoding = headers['content-encoding'];
    const plain = encoding === undefined ? body : decodedBody(server, encoding, body);
    for await (const chunk of plain) {
      chunks.push(chunk);
      if ((length += chunk.length) > mostBytes) return undefined;
    }
    return Buffer.concat(chunks, length);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

function readError(message: Buffer, id: number | undefined): Reading | undefined {
  try {
    const { read, tooDeep } = readServerMessage(message);
    if (tooDeep || read.kind !== 'single' || read.message.kind !== 'response') return undefined;
    const { error, id: named } = read.message;
    if (error === undefined) return undefined;
    const isOwn =
      named !== undefined && message.toString('latin1', named.start, named.end) === String(id);
    return { message, error: message.subarray(error.start, error.end), isOwn };
  } catch {
    return undefined;
  }
}

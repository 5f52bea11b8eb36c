import { McpError } from '../../../../lib/errors/errors.js';
import { decodeMirrored } from '../../../../lib/http/mirrored-value.js';
import { singleHeader } from '../../../../lib/http/single-header.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import type { Member, ParamsEnvelope } from '../../../../lib/json/types.js';
import { argumentValues } from './argument-values.js';
import { headerText } from './header-text.js';
import type { MirroredParam, MirroredParams } from './mirrored-params.js';

/** Other field names are no fault of a client: nginx takes such fields out before anybody sees them. */
const arrives = /^[A-Za-z0-9_-]+$/;
const decimal = /^-?[0-9]+(?:\.[0-9]+)?$/;

/**
 * Checks that the `Mcp-Param-*` headers of a call mirror its arguments (requirements H12, H13). Such
 * headers that the tool does not declare are left alone.
 * @param message bytes that `params` was read from
 * @throws McpError `header_mismatch` where one is missing, repeated, badly encoded, differs from its
 *   argument or has none; `invalid_request` as `argumentValues`
 */
export function checkParamHeaders(
  mirrored: MirroredParams,
  headers: HeaderRecord,
  message: Buffer,
  params: ParamsEnvelope | undefined,
): void {
  const values = argumentValues(mirrored, message, params);
  for (const [n, param] of mirrored.all.entries()) {
    checkOne(param, read(headers, param.header), message, values[n]);
  }
}

function checkOne(
  { header, path, integer }: MirroredParam,
  given: string | undefined,
  message: Buffer,
  member: Member | undefined,
): void {
  const text = member && headerText(message, member);
  if (given === undefined) {
    if (text === undefined || !arrives.test(header)) return;
    throw mismatch(`the header ${header} is required: it mirrors the argument ${path}`);
  }
  const decoded = decodeMirrored(given);
  if (decoded === undefined) throw mismatch(`the header ${header} is not validly encoded`);
  if (member === undefined) {
    throw mismatch(`the header ${header} mirrors the argument ${path}, which is not there`);
  }
  if (decoded === (text ?? asItStands(message, member))) return;
  const numeric = integer && member.kind === 'number' && decimal.test(decoded);
  if (numeric && text !== undefined && Number(decoded) === Number(text)) return;
  throw mismatch(`the header ${header} disagrees with the argument ${path}`);
}

/** A number that no header needs to carry may all the same. */
function asItStands(message: Buffer, { kind, value }: Member): string | undefined {
  return kind === 'number' ? message.toString('latin1', value.start, value.end) : undefined;
}

function read(headers: HeaderRecord, header: string): string | undefined {
  try {
    return singleHeader(headers, header.toLowerCase());
  } catch (error) {
    throw error instanceof McpError ? mismatch(error.message) : error;
  }
}

function mismatch(message: string): McpError {
  return new McpError('header_mismatch', message);
}

import { encodeMirrored } from '../../../../lib/http/mirrored-value.js';
import type { ParamsEnvelope } from '../../../../lib/json/types.js';
import { argumentValues } from './argument-values.js';
import { headerText } from './header-text.js';
import type { MirroredParams } from './mirrored-params.js';

/** Of all headers of one call: what the usual servers take of header fields in all. */
const mostBytes = 16_384;
/** Of a value that may be as short as that, each character written as an escape. */
const mostEscaped = 6 * mostBytes;

/**
 * The `Mcp-Param-*` headers of a call, made from its arguments alone (requirement H13).
 * @param message bytes that `params` was read from
 * @returns those for which there is room: a server says itself that it misses one
 * @throws McpError `invalid_request` as `argumentValues`
 */
export function mirrorArguments(
  mirrored: MirroredParams,
  message: Buffer,
  params: ParamsEnvelope | undefined,
): Readonly<Record<string, string>> {
  const values = argumentValues(mirrored, message, params);
  const headers: Record<string, string> = {};
  let room = mostBytes;
  for (const [n, { header }] of mirrored.all.entries()) {
    const member = values[n];
    if (member === undefined || member.value.end - member.value.start > mostEscaped) continue;
    const text = headerText(message, member);
    if (text === undefined) continue;
    const value = encodeMirrored(text);
    const size = header.length + value.length;
    if (size > room) continue;
    room -= size;
    headers[header] = value;
  }
  return headers;
}

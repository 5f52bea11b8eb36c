import { McpError } from '../../../lib/errors.js';
import { encodeString, splice } from '../../../lib/json/splice.js';
import type { ParamsEnvelope, RawJson } from '../../../lib/json/types.js';
import type { Call, CallEvent } from './call.js';
import type { ToolOwner } from './merge-tools.js';
import type { Served } from './served.js';

/**
 * The tool a `tools/call` asks for.
 * @throws McpError `invalid_params` without one
 */
export function toolName(params: ParamsEnvelope | undefined): string {
  if (params?.name === undefined) {
    throw new McpError('invalid_params', 'tools/call needs params.name, a string');
  }
  return params.name.text;
}

/** The bytes of `params` with the name the server knows in place of the one the client used. */
export function withOriginalName(
  message: Buffer,
  params: ParamsEnvelope,
  original: string,
): RawJson {
  const base = params.span.start;
  const bytes = message.subarray(base, params.span.end);
  if (params.name === undefined) return bytes;
  const span = { start: params.name.span.start - base, end: params.name.span.end - base };
  return splice(bytes, [{ span, replacement: encodeString(original) }]);
}

/** Sends the call to the owner of its tool. */
export function callTool(
  owner: ToolOwner<Served>,
  message: Buffer,
  params: ParamsEnvelope,
  call: Omit<Call, 'method' | 'params'>,
): AsyncIterable<CallEvent> {
  return owner.server.upstream.call({
    ...call,
    method: 'tools/call',
    params: withOriginalName(message, params, owner.original),
  });
}

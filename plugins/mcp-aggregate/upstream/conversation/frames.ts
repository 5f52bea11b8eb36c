import { encodeString } from '../../../../lib/json/splice.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { AskAnswer } from '../../core/calls/call.js';

/** A JSON-RPC request with an id of ours; `params` stay the bytes they are. */
export function requestFrame(id: number, method: string, params: RawJson | undefined): Buffer {
  const head = `{"jsonrpc":"2.0","id":${id},"method":${encodeString(method)}`;
  if (params === undefined) return Buffer.from(`${head}}`);
  return Buffer.concat([Buffer.from(`${head},"params":`), params, Buffer.from('}')]);
}

export const initializedFrame = Buffer.from(
  '{"jsonrpc":"2.0","method":"notifications/initialized"}',
);

export const rootsChangedFrame = Buffer.from(
  '{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}',
);

/** A client's progress on a question of the server; `params` stay the bytes they are. */
export function progressFrame(params: RawJson): Buffer {
  const head = '{"jsonrpc":"2.0","method":"notifications/progress","params":';
  return Buffer.concat([Buffer.from(head), params, Buffer.from('}')]);
}

/**
 * `notifications/cancelled` for a request.
 * @param id as raw JSON where it is a client's
 */
export function cancelledFrame(id: number | string, reason: string): Buffer {
  const params = `{"requestId":${id},"reason":${encodeString(reason)}}`;
  return Buffer.from(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`);
}

/**
 * The answer to a request the server made of us.
 * @param id the request's id as it stands
 */
export function replyFrame(id: RawJson, answer: AskAnswer): Buffer {
  const [member, value] = 'result' in answer ? ['result', answer.result] : ['error', answer.error];
  const head = Buffer.from('{"jsonrpc":"2.0","id":');
  return Buffer.concat([head, id, Buffer.from(`,"${member}":`), value, Buffer.from('}')]);
}

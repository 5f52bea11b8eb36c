import { encodeString } from '../../../lib/json/splice.js';
import type { RawJson } from '../../../lib/json/types.js';

/** A JSON-RPC request with an id of ours; `params` stay the bytes they are. */
export function requestFrame(id: number, method: string, params: RawJson | undefined): Buffer {
  const head = `{"jsonrpc":"2.0","id":${id},"method":${encodeString(method)}`;
  if (params === undefined) return Buffer.from(`${head}}`);
  return Buffer.concat([Buffer.from(`${head},"params":`), params, Buffer.from('}')]);
}

export const initializedFrame = Buffer.from(
  '{"jsonrpc":"2.0","method":"notifications/initialized"}',
);

/** `notifications/cancelled` for a request of ours. */
export function cancelledFrame(id: number, reason: string): Buffer {
  const params = `{"requestId":${id},"reason":${encodeString(reason)}}`;
  return Buffer.from(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`);
}

/**
 * The answer to a request the server made of us: `ping` is answered, all else refused, since a
 * shared connection declares no client capability (design D13).
 * @param id the request's id as it stands
 */
export function replyFrame(id: RawJson, method: string): Buffer {
  const outcome =
    method === 'ping'
      ? '"result":{}'
      : '"error":{"code":-32601,"message":"This client declared no capability for that."}';
  return Buffer.concat([Buffer.from('{"jsonrpc":"2.0","id":'), id, Buffer.from(`,${outcome}}`)]);
}

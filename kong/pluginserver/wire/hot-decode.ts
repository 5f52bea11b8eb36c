import { HeaderMap } from '../../../lib/http/header-map.js';
import { cachedKey } from '../../../lib/json/key-cache.js';
import type { RpcCall } from './rpc-call.js';

/**
 * Readers of the few messages that every request brings, written by hand: each costs a fifth of the
 * generated reader and the walk over its objects. They know the one form in which Kong writes them
 * and answer undefined for any other, which the general reader then takes.
 */

/** Where reading stands; reading is synchronous, so one place serves all. */
let at = 0;

/** A varint below 2^35; undefined for a longer one, or where the bytes end. */
function varint(bytes: Buffer): number | undefined {
  let value = 0;
  for (let scale = 1; scale <= 0x10000000; scale *= 128) {
    const byte = bytes[at++];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  return undefined;
}

/** End of the length-delimited field that begins here with `tag`; undefined where it does not. */
function fieldEnd(bytes: Buffer, tag: number): number | undefined {
  if (bytes[at++] !== tag) return undefined;
  const size = varint(bytes);
  return size === undefined || at + size > bytes.length ? undefined : at + size;
}

function textTo(bytes: Buffer, end: number): string {
  const text = bytes.toString('utf8', at, end);
  at = end;
  return text;
}

/** `RpcCall` of an event: `sequence`, then `cmd_handle_event` with `instance_id` and `event_name`. */
export function readHandleEvent(bytes: Buffer): RpcCall | undefined {
  at = 0;
  if (bytes[at++] !== 0x08) return undefined;
  const sequence = varint(bytes);
  if (sequence === undefined || bytes[at++] !== 0xa2) return undefined;
  if (fieldEnd(bytes, 0x02) !== bytes.length || bytes[at++] !== 0x08) return undefined;
  const instanceId = varint(bytes);
  if (instanceId === undefined || instanceId > 0x7fffffff) return undefined;
  const end = fieldEnd(bytes, 0x12);
  if (end !== bytes.length) return undefined;
  return { sequence, command: { type: 'handleEvent', instanceId, eventName: textTo(bytes, end) } };
}

/** A message whose only field is text: `String`, or a `Value` with `string_value`. */
export function readText(bytes: Buffer, tag: 0x0a | 0x1a): string | undefined {
  at = 0;
  const end = fieldEnd(bytes, tag);
  return end === bytes.length ? textTo(bytes, end) : undefined;
}

/** As bytes that share memory: a `RawBodyResult` with `content`, or a `Value` with `string_value`. */
export function readBytes(bytes: Buffer, tag: 0x0a | 0x1a): Buffer | undefined {
  at = 0;
  const end = fieldEnd(bytes, tag);
  return end === bytes.length ? bytes.subarray(at, end) : undefined;
}

/** A `Struct` whose values are all texts; undefined as soon as one is not. */
export function readTexts(bytes: Buffer): Record<string, string> | undefined {
  const members = new HeaderMap<string>();
  at = 0;
  while (at < bytes.length) {
    const end = fieldEnd(bytes, 0x0a);
    if (end === undefined) return undefined;
    const keyEnd = fieldEnd(bytes, 0x0a);
    if (keyEnd === undefined) return undefined;
    const key = cachedKey(bytes, at, keyEnd) ?? bytes.toString('utf8', at, keyEnd);
    at = keyEnd;
    if (fieldEnd(bytes, 0x12) !== end || fieldEnd(bytes, 0x1a) !== end) return undefined;
    members[key] = textTo(bytes, end);
  }
  return members;
}

import type { RawJson } from '../../../../lib/json/types.js';
import type { Note } from '../../core/calls/call.js';

/** An answer's outcome: which member it has, and its raw value. */
export interface Answer {
  readonly member: 'result' | 'error';
  readonly value: RawJson;
}

/** A message as the pieces it is written in, so that a large value is not copied. */
export type Frame = readonly Buffer[];

/** How long the message is. */
export function frameBytes(frame: Frame): number {
  return frame.reduce((sum, piece) => sum + piece.length, 0);
}

const close = Buffer.from('}');

/** A JSON-RPC response; id and value are the bytes they came in. */
export function responseFrame(id: RawJson, { member, value }: Answer): Frame {
  const head = Buffer.from(`{"jsonrpc":"2.0","id":${id.toString()},"${member}":`);
  return [head, value, close];
}

/** A request of ours; `id` is text. */
export function requestFrame(id: string, { method, params }: Omit<Note, 'type'>): Frame {
  const head = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":${JSON.stringify(method)}`;
  return withParams(head, params);
}

export function notificationFrame({ method, params }: Omit<Note, 'type'>): Frame {
  return withParams(`{"jsonrpc":"2.0","method":${JSON.stringify(method)}`, params);
}

function withParams(head: string, params: RawJson | undefined): Frame {
  if (params === undefined) return [Buffer.from(`${head}}`)];
  return [Buffer.from(`${head},"params":`), params, close];
}

/** The frame as a batch of one (protocol version 2025-03-26). */
export function asBatch(frame: Frame): Frame {
  return [Buffer.from('['), ...frame, Buffer.from(']')];
}

import type { KongValue } from '../../../lib/kong/kong-port.js';
import { has } from './protocol.js';
import type { Message } from './protocol.js';

/**
 * `google.protobuf.Value` of a JS value. Null becomes a Value with nothing set: Kong reads that as
 * nil, but a null_value inside a table as the text "NULL_VALUE".
 * @throws TypeError for what JSON does not know
 */
export function toValue(value: unknown): Message {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'number':
      return { numberValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'undefined':
      return {};
    case 'object':
      if (value === null) return {};
      if (Array.isArray(value)) return { listValue: toList(value) };
      return { structValue: toStruct(value as Readonly<Record<string, unknown>>) };
    default:
      throw new TypeError(`a ${typeof value} cannot be sent to Kong`);
  }
}

/** `google.protobuf.ListValue` of an array. */
export function toList(values: readonly unknown[]): Message {
  return { values: values.map(toValue) };
}

/** `google.protobuf.Struct` of an object; absent and null members are left out. */
export function toStruct(members: Readonly<Record<string, unknown>>): Message {
  const present = Object.entries(members).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return { fields: present.map(([key, value]) => ({ key, value: toValue(value) })) };
}

/** The JS value of a decoded Value; null for one with nothing set. */
export function fromValue(message: Message | null): KongValue {
  if (message === null) return null;
  if (has(message, 'stringValue')) return message['stringValue'] as string;
  if (has(message, 'numberValue')) return message['numberValue'] as number;
  if (has(message, 'boolValue')) return message['boolValue'] as boolean;
  if (has(message, 'structValue')) return fromStruct(message['structValue'] as Message);
  if (has(message, 'listValue')) return fromList(message['listValue'] as Message);
  return null;
}

/** The array of a decoded ListValue. */
export function fromList(message: Message): KongValue[] {
  return (message['values'] as readonly Message[]).map((member) => fromValue(member));
}

/** The object of a decoded Struct; it has no prototype, since its keys may come from clients. */
export function fromStruct(message: Message): Record<string, KongValue> {
  const out = Object.create(null) as Record<string, KongValue>;
  for (const entry of message['fields'] as readonly Message[]) {
    out[entry['key'] as string] = fromValue(entry['value'] as Message | null);
  }
  return out;
}

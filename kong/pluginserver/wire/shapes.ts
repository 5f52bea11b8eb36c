import type { Authentication, KongConsumer, RawBody } from '../../../lib/kong/kong-port.js';
import { encodeBytes, encodeKeyValue, encodeText, encodeTexts } from './hot-encode.js';
import { readBytes, readText, readTexts } from './hot-decode.js';
import { decodeMessage, encodeMessage, has, plainMessage } from './protocol.js';
import type { Message, MessageName } from './protocol.js';
import { fromList, fromStruct, fromValue, toList, toStruct, toValue } from './values.js';

/** How positional values, as plugins write and read them, look on the wire. */
export interface Shape {
  /** @throws TypeError when a value is missing or of another type */
  encode(values: readonly unknown[]): Buffer;
  /** @throws Error when the bytes are not such a message */
  decode(bytes: Uint8Array): unknown[];
}

function shape(
  name: MessageName,
  wrap: (values: readonly unknown[]) => Message,
  unwrap: (message: Message) => unknown[],
): Shape {
  return {
    encode: (values) => encodeMessage(name, wrap(values)),
    decode: (bytes) => unwrap(decodeMessage(name, bytes)),
  };
}

/** A shape with a short way for the form that nearly every message has. */
function hot(
  general: Shape,
  short: {
    /** Undefined where the general way has to be taken. */
    encode?(values: readonly unknown[]): Buffer | undefined;
    decode?(bytes: Buffer): unknown;
  },
): Shape {
  return {
    encode: (values) => short.encode?.(values) ?? general.encode(values),
    decode: (bytes) => {
      const found = Buffer.isBuffer(bytes) ? short.decode?.(bytes) : undefined;
      return found === undefined ? general.decode(bytes) : [found];
    },
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function expected(what: string, position: number): TypeError {
  return new TypeError(`argument ${position + 1} must be ${what}`);
}

function text(values: readonly unknown[], position: number): string {
  const value = values[position];
  if (typeof value !== 'string') throw expected('a string', position);
  return value;
}

function int32(values: readonly unknown[], position: number): number {
  const value = values[position];
  if (typeof value !== 'number' || (value | 0) !== value) {
    throw expected('a 32-bit integer', position);
  }
  return value;
}

function members(values: readonly unknown[], position: number): Readonly<Record<string, unknown>> {
  const value = values[position];
  if (!isObject(value)) throw expected('an object', position);
  return value;
}

function absent(value: unknown): boolean {
  return value === null || value === undefined;
}

function bytes(value: unknown, position: number): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value);
  if (!(value instanceof Uint8Array)) throw expected('a string or bytes', position);
  return value;
}

function scalar(name: MessageName, check: (values: readonly unknown[]) => unknown): Shape {
  return shape(
    name,
    (values) => ({ v: check(values) }),
    (message) => [message['v']],
  );
}

const nothing = Buffer.alloc(0);

export const empty: Shape = { encode: () => nothing, decode: () => [] };
export const string = hot(
  scalar('String', (values) => text(values, 0)),
  {
    encode: ([only]) => (typeof only === 'string' ? encodeText(only) : undefined),
    decode: (bytes) => readText(bytes, 0x0a),
  },
);
export const int = scalar('Int', (values) => int32(values, 0));
export const number = scalar('Number', ([value]) => Number(value));
export const bool = scalar('Bool', ([value]) => value === true);
export const byteString = scalar('ByteString', ([value]) => bytes(value, 0));

export const value = hot(
  shape(
    'Value',
    ([member]) => toValue(member),
    (message) => [fromValue(message)],
  ),
  { decode: (bytes) => readText(bytes, 0x1a) },
);

/** A Value that holds a text, as bytes; null for any other. Kong's texts need not be UTF-8. */
export const valueBytes: Shape = {
  encode: ([text]) => encodeBytes(bytes(text, 0), 0x1a),
  decode: ({ buffer, byteOffset, length }) => [
    readBytes(Buffer.from(buffer, byteOffset, length), 0x1a) ?? null,
  ],
};

export const list = shape('ListValue', toList, fromList);

export const struct = hot(
  shape(
    'Struct',
    (values) => toStruct(members(values, 0)),
    (message) => [fromStruct(message)],
  ),
  { encode: ([only]) => (isObject(only) ? encodeTexts(only) : undefined) },
);

export const keyValue = hot(
  shape(
    'KV',
    (values) => ({ k: text(values, 0), v: toValue(values[1]) }),
    (message) => [message['k'], fromValue(message['v'] as Message | null)],
  ),
  { encode: ([key, held]) => (typeof key === 'string' ? encodeKeyValue(key, held) : undefined) },
);

/** A Struct whose values are strings or lists of them; an empty value stays a string. */
export const headers = hot(
  shape(
    'Struct',
    (values) => toStruct(members(values, 0)),
    (message) => {
      const out = fromStruct(message) as Record<string, unknown>;
      for (const [name, member] of Object.entries(out)) {
        out[name] = Array.isArray(member) ? member.map(headerText) : headerText(member);
      }
      return [out];
    },
  ),
  { decode: readTexts },
);

function headerText(member: unknown): string {
  return typeof member === 'string' ? member : member === null ? '' : JSON.stringify(member);
}

export const target = shape(
  'Target',
  (values) => ({ host: text(values, 0), port: int32(values, 1) }),
  (message) => [message['host'], message['port']],
);

export const exit = shape(
  'ExitArgs',
  (values) => ({
    status: int32(values, 0),
    ...(absent(values[1]) ? {} : { body: bytes(values[1], 1) }),
    ...(absent(values[2]) ? {} : { headers: toStruct(members(values, 2)) }),
  }),
  (message) => {
    const fields = message['headers'] as Message | null;
    return [message['status'], message['body'], fields === null ? undefined : fromStruct(fields)];
  },
);

export const rawBody = hot(
  shape(
    'RawBodyResult',
    ([body]) => ({ ...(body as RawBody) }),
    (message) => {
      if (has(message, 'content')) return [{ content: message['content'] }];
      if (has(message, 'bodyFilepath')) return [{ bodyFilepath: message['bodyFilepath'] }];
      if (has(message, 'error')) return [{ error: message['error'] }];
      // Kong always gives a path or a reason, so nothing at all is an empty body.
      return [{ content: Buffer.alloc(0) }];
    },
  ),
  {
    decode: (bytes) => {
      const content = readBytes(bytes, 0x0a);
      return content && { content };
    },
  },
);

export const consumerSpec = shape(
  'ConsumerSpec',
  (values) => ({ id: text(values, 0), byUsername: values[1] === true }),
  (message) => [message['id'], message['byUsername']],
);

/** Kong answers an unknown consumer with an empty message: null for the plugin. */
export const consumer = shape(
  'Consumer',
  ([known]) => ({ ...(known as KongConsumer | null) }),
  (message) => {
    const { id, username, customId } = plainMessage('Consumer', message);
    if (id === undefined || id === '') return [null];
    return [{ id, ...(username ? { username } : {}), ...(customId ? { customId } : {}) }];
  },
);

export const authentication = shape(
  'AuthenticateArgs',
  (values) => {
    const { consumer: who, credential } = members(values, 0) as Authentication;
    return { ...(who ? { consumer: who } : {}), ...(credential ? { credential } : {}) };
  },
  (message) => [plainMessage('AuthenticateArgs', message)],
);

/** An entity of Kong's as it is; null when Kong has none. */
function entity(name: MessageName): Shape {
  return shape(
    name,
    ([fields]) => ({ ...(fields as Message | null) }),
    (message) => {
      const plain = plainMessage(name, message);
      return [plain['id'] ? plain : null];
    },
  );
}

export const credential = entity('AuthenticatedCredential');
export const route = entity('Route');
export const service = entity('Service');

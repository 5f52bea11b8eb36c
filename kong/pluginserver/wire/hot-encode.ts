/**
 * Writers of the messages that every request sends, for the same reason as the readers of
 * hot-decode: the generated writer makes an object for each field.
 */

/** Bytes of the varint of a small number that is not negative. */
function varintSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
}

/** Size of a length-delimited field with a tag of one byte. */
function fieldSize(size: number): number {
  return 1 + varintSize(size) + size;
}

function writeVarint(out: Buffer, at: number, value: number): number {
  let left = value;
  while (left >= 0x80) {
    out[at++] = (left % 128) | 0x80;
    left = Math.floor(left / 128);
  }
  out[at++] = left;
  return at;
}

function writeHead(out: Buffer, at: number, tag: number, size: number): number {
  out[at] = tag;
  return writeVarint(out, at + 1, size);
}

function writeText(out: Buffer, at: number, tag: number, text: string, size: number): number {
  const from = writeHead(out, at, tag, size);
  return from + out.write(text, from, size, 'utf8');
}

/** A `String`, or another message whose one field is text. */
export function encodeText(text: string): Buffer {
  const size = Buffer.byteLength(text);
  const out = Buffer.allocUnsafe(fieldSize(size));
  writeText(out, 0, 0x0a, text, size);
  return out;
}

/** A message whose one field is bytes, or a text that need not be UTF-8. */
export function encodeBytes(bytes: Uint8Array, tag: number): Buffer {
  const out = Buffer.allocUnsafe(fieldSize(bytes.length));
  out.set(bytes, writeHead(out, 0, tag, bytes.length));
  return out;
}

/** A `Struct` whose values are all texts; undefined where one is not. */
export function encodeTexts(members: Readonly<Record<string, unknown>>): Buffer | undefined {
  const keys = Object.keys(members);
  const sizes = new Array<number>(keys.length * 2);
  let total = 0;
  for (let i = 0; i < keys.length; i++) {
    const value = members[keys[i]!];
    if (typeof value !== 'string') return undefined;
    const keySize = (sizes[2 * i] = Buffer.byteLength(keys[i]!));
    const size = (sizes[2 * i + 1] = Buffer.byteLength(value));
    total += fieldSize(fieldSize(keySize) + fieldSize(fieldSize(size)));
  }
  const out = Buffer.allocUnsafe(total);
  let at = 0;
  for (let i = 0; i < keys.length; i++) {
    const keySize = sizes[2 * i]!;
    const size = sizes[2 * i + 1]!;
    at = writeHead(out, at, 0x0a, fieldSize(keySize) + fieldSize(fieldSize(size)));
    at = writeText(out, at, 0x0a, keys[i]!, keySize);
    at = writeHead(out, at, 0x12, fieldSize(size));
    at = writeText(out, at, 0x1a, members[keys[i]!] as string, size);
  }
  return out;
}

/** A `KV` whose value is a text, or an object of texts; undefined for others. */
export function encodeKeyValue(key: string, value: unknown): Buffer | undefined {
  let inner: Buffer | undefined;
  let tag = 0x1a;
  if (typeof value === 'string') {
    inner = Buffer.from(value);
  } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    inner = encodeTexts(value as Readonly<Record<string, unknown>>);
    tag = 0x2a;
  }
  if (inner === undefined) return undefined;
  const keySize = Buffer.byteLength(key);
  const valueSize = fieldSize(inner.length);
  const out = Buffer.allocUnsafe(fieldSize(keySize) + fieldSize(valueSize));
  let at = writeText(out, 0, 0x0a, key, keySize);
  at = writeHead(out, at, 0x12, valueSize);
  at = writeHead(out, at, tag, inner.length);
  inner.copy(out, at);
  return out;
}

/** An `RpcReturn` that holds nothing but the sequence. */
export function encodeDone(sequence: number): Buffer {
  const out = Buffer.allocUnsafe(9);
  out[0] = 0x08;
  return out.subarray(0, writeVarint(out, 1, sequence));
}

import { ArgumentError } from './argument-error.js';
import type { Value } from './values.js';

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** @throws ArgumentError for what is not base64 (RFC 4648 §4), padding included */
export function bytesOf(argument: string, value: Value | undefined): Buffer {
  const text = value?.kind === 'text' ? value.text : undefined;
  if (text === undefined || text.length % 4 !== 0 || !base64.test(text)) {
    throw new ArgumentError(argument, 'must be base64, with padding');
  }
  return Buffer.from(text, 'base64');
}

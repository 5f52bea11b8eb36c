import {
  decodeString,
  kindOf,
  objectMembers,
  TooManyMembersError,
} from '../../../../lib/json/members.js';
import { foldKey } from '../../../../lib/json/protocol-keys.js';
import type { JsonKind, Span } from '../../../../lib/json/types.js';
import { visible } from '../../../../lib/visible.js';

/** Bytes of a value in a log entry. */
export const mostValueBytes = 256;
/** Read of a text: more than it takes to fill a value, were each character a long escape. */
const mostRead = 12 * mostValueBytes;
export const redacted = '***';

const [backslash, quote, letterU] = [0x5c, 0x22, 0x75];

/** What of a value is not shown, by folded names: all of it, or some of what is in it. */
export interface Redaction {
  readonly whole: boolean;
  readonly within: ReadonlyMap<string, Redaction>;
}

/** A value as a log entry has it. */
export interface ValueText {
  readonly text: string;
  readonly cut: boolean;
}

/**
 * A text as it is, any other value as JSON without spaces: visible, on one line, 256 bytes at most.
 * Work goes by what is written, and by the members of objects in which something is redacted.
 */
export function valueText(
  bytes: Buffer,
  value: { readonly kind: JsonKind; readonly value: Span },
  redaction: Redaction | undefined,
): ValueText {
  if (isHidden(redaction, value.kind)) return { text: redacted, cut: false };
  if (value.kind === 'string') return bounded(beginningOf(bytes, value.value), false);
  const written = new Written();
  write(bytes, value.value, redaction, written);
  return bounded(written.text, written.cut);
}

/** What is to be hidden may be anywhere in what is no object. */
function isHidden(redaction: Redaction | undefined, kind: JsonKind): boolean {
  return redaction !== undefined && (redaction.whole || kind !== 'object');
}

/** The text of a string, or its beginning where it is long. */
function beginningOf(bytes: Buffer, { start, end }: Span): string {
  if (end - start <= mostRead) return decodeString(bytes, { start, end });
  let at = start + 1;
  while (at < start + mostRead) {
    at += bytes[at] !== backslash ? 1 : bytes[at + 1] === letterU ? 6 : 2;
  }
  return JSON.parse(`${bytes.toString('utf8', start, at)}"`) as string;
}

/** Line feeds and tabs too: some ways into a log entry are lines. */
function bounded(text: string, cut: boolean): ValueText {
  const line = visible(text.slice(0, mostValueBytes + 1)).replace(/[\n\t]/g, (character) =>
    character === '\n' ? '\\u{a}' : '\\u{9}',
  );
  const whole = Buffer.byteLength(line) <= mostValueBytes;
  if (whole && text.length <= mostValueBytes) return { text: line, cut };
  // A character of which a part is left becomes one that says so, and is dropped.
  const kept = Buffer.from(line)
    .toString('utf8', 0, mostValueBytes)
    .replace(/\ufffd+$/, '');
  return { text: kept, cut: true };
}

class Written {
  text = '';
  cut = false;

  get isFull(): boolean {
    return this.text.length > mostValueBytes;
  }
}

function write(bytes: Buffer, span: Span, redaction: Redaction | undefined, to: Written): void {
  if (redaction === undefined) copy(bytes, span, to);
  else if (isHidden(redaction, kindOf(bytes, span))) to.text += `"${redacted}"`;
  else writeObject(bytes, span, redaction, to);
}

function writeObject(bytes: Buffer, span: Span, { within }: Redaction, to: Written): void {
  const members = membersOf(bytes, span);
  if (members === undefined) {
    to.text += `"${redacted}"`;
    return;
  }
  let before = '{';
  for (const { key, keySpan, value } of members) {
    if (to.isFull) return;
    to.text += before;
    copy(bytes, keySpan, to);
    to.text += ':';
    write(bytes, value, within.get(foldKey(key)), to);
    before = ',';
  }
  to.text += members.length === 0 ? '{}' : '}';
}

function membersOf(bytes: Buffer, span: Span) {
  try {
    return objectMembers(bytes, span);
  } catch (error) {
    if (error instanceof TooManyMembersError) return undefined;
    throw error;
  }
}

/** Without the spaces between its parts. */
function copy(bytes: Buffer, { start, end }: Span, to: Written): void {
  let inText = false;
  let from = start;
  // Spaces count as well: a value may be nothing else.
  const last = Math.min(end, start + mostRead);
  for (let at = start; at < last; at++) {
    const byte = bytes[at]!;
    if (inText && byte === backslash) at++;
    else if (byte === quote) inText = !inText;
    else if (!inText && byte <= 0x20) {
      to.text += bytes.toString('utf8', from, at);
      from = at + 1;
    }
  }
  to.text += bytes.toString('utf8', from, last);
  if (last < end) to.cut = true;
}

import { arrayItems, decodeString, findMember } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import type { Member, RawJson } from '../../../../lib/json/types.js';

/** Longer texts of a server are cut before they are shown in our own words. */
const longestText = 200;
const mostSupported = 8;
/** A longer list of revisions is none, in bytes. */
const longestList = 1024;
/** Control characters, and those that hide or turn text around (RFC 9839). */
const unfit = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu;

/** What a server's JSON-RPC error says, fit for logs and pages. */
export interface SaidError {
  readonly code: number;
  readonly message: string;
  /** Revisions of the protocol in `data.supported`. */
  readonly supported: readonly string[];
}

/** @param error the raw error object */
export function readSaidError(error: RawJson): SaidError {
  const whole = { start: 0, end: error.length };
  const members = lastNamed(error, whole, 'code', 'message', 'data');
  const code = findMember(members, 'code');
  const text = findMember(members, 'message');
  return {
    code: code ? Number(error.toString('latin1', code.value.start, code.value.end)) : NaN,
    message: text?.kind === 'string' ? fit(decodeString(error, text.value)) : '',
    supported: supportedIn(error, findMember(members, 'data')),
  };
}

/** Continues "answered with ": the error in words. */
export function errorInWords({ code, message, supported }: SaidError): string {
  const said = message === '' ? '' : ` ("${message}")`;
  const spoken = supported.length === 0 ? '' : `; it speaks ${supported.join(', ')}`;
  return `JSON-RPC error ${String(code)}${said}${spoken}`;
}

function supportedIn(error: RawJson, data: Member | undefined): string[] {
  if (data?.kind !== 'object') return [];
  const [list] = lastNamed(error, data.value, 'supported');
  if (list?.kind !== 'array' || list.value.end - list.value.start > longestList) return [];
  const named = arrayItems(error, list.value).slice(0, mostSupported);
  const texts = named.map((span) => (error[span.start] === 0x22 ? decodeString(error, span) : ''));
  return texts.filter((text) => /^\d{4}-\d\d-\d\d$/.test(text));
}

function fit(text: string): string {
  return text.slice(0, longestText).replaceAll(unfit, ' ').trim();
}

/** JSON-RPC 2.0 §5.1: an integer code and a message. */
export function isErrorObject(error: RawJson): boolean {
  const members = lastNamed(error, { start: 0, end: error.length }, 'code', 'message');
  const code = findMember(members, 'code');
  return code?.kind === 'number' && findMember(members, 'message')?.kind === 'string';
}

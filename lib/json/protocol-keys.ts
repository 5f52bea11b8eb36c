import { McpError } from '../errors/errors.js';
import { objectMembers, TooManyMembersError } from './members.js';
import type { Member, Span } from './types.js';

/** The keys of one place that this gateway decides by. */
export interface ProtocolKeys {
  readonly byFolded: ReadonlyMap<string, string>;
  readonly foldedOf: ReadonlyMap<string, string>;
}

/** Members of the envelope, `params`, `_meta` or `ref`: ten times what any revision names there. */
export const mostIndexed = 128;
/** Bytes of a key there, as it stands. */
const maxKeyBytes = 1024;

const metaPrefix = 'io.modelcontextprotocol/';

export const protocolVersionKey = `${metaPrefix}protocolVersion`;

export const envelopeKeys = keyTable('jsonrpc id method params result error');

export const paramsKeys = keyTable(
  '_meta name uri ref arguments argument cursor progressToken requestId protocolVersion ' +
    'capabilities clientInfo level context task taskId inputResponses requestState notifications',
);

export const metaKeys = keyTable(
  'progressToken ' +
    ['protocolVersion', 'clientInfo', 'clientCapabilities', 'logLevel', 'subscriptionId']
      .map((key) => metaPrefix + key)
      .join(' '),
);

export const refKeys = keyTable('type name uri');

/** The keys in one text, with spaces between them. */
export function keyTable(keys: string): ProtocolKeys {
  const list = keys.split(' ');
  return {
    byFolded: new Map(list.map((key) => [foldKey(key), key])),
    foldedOf: new Map(list.map((key) => [key, foldKey(key)])),
  };
}

/**
 * One form for all keys that some parser takes for the same. Lower-casing before upper-casing
 * joins every class of Unicode's simple case folding, which Go's encoding/json uses (the Kelvin
 * sign is a `k` there, the long s an `s`), and a few more.
 */
export function foldKey(key: string): string {
  return key.toLowerCase().toUpperCase();
}

/**
 * Members of an object that parsers must read alike (design D9). Each is looked at, so both their
 * number and the length of a key are bounded; what lies within them is not.
 * @param where names the object in error messages
 * @throws McpError `invalid_request` where there are too many, a key is too long, two keys are equal
 *   after unescaping and case folding, a key is a case variant of a protocol key, or holds a control
 *   character or lone surrogate
 */
export function protocolMembers(
  bytes: Buffer,
  span: Span,
  keys: ProtocolKeys,
  where: string,
  most = mostIndexed,
): Member[] {
  const members = indexed(bytes, span, where, most);
  const seen = new Set<string>();
  for (const { key, keySpan } of members) {
    if (keySpan.end - keySpan.start - 2 > maxKeyBytes) {
      throw refused(`${where} has a key of more than ${maxKeyBytes} bytes`);
    }
    const folded = keys.foldedOf.get(key) ?? foldForeignKey(key, keys, where);
    if (seen.has(folded)) {
      const known = keys.byFolded.get(folded);
      const which = known === undefined ? 'equal but for case and escapes' : `named "${known}"`;
      throw refused(`${where} has two keys ${which}: send one`);
    }
    seen.add(folded);
  }
  return members;
}

function indexed(bytes: Buffer, span: Span, where: string, most: number): Member[] {
  try {
    return objectMembers(bytes, span, most);
  } catch (error) {
    if (!(error instanceof TooManyMembersError)) throw error;
    throw refused(`${where} has more than ${most} members`);
  }
}

/** @throws McpError where the key is a variant of a protocol key or no plain text */
function foldForeignKey(key: string, keys: ProtocolKeys, where: string): string {
  if (!isPlainText(key)) {
    throw refused(`${where} has a key with a control character or lone surrogate`);
  }
  const folded = foldKey(key);
  const known = keys.byFolded.get(folded);
  if (known === undefined) return folded;
  throw refused(`${where} has a key that differs from "${known}" only in case: correct it`);
}

/** Whether the text has neither control characters (C0, DEL, C1) nor lone surrogates. */
export function isPlainText(text: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(text);
}

function refused(message: string): McpError {
  return new McpError('invalid_request', message);
}

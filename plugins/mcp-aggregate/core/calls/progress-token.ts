import { mayHold } from '../../../../lib/json/may-hold.js';
import { lastNamed, namedMembers } from '../../../../lib/json/named-members.js';
import { removals, splice } from '../../../../lib/json/splice.js';
import type { Member, RawJson } from '../../../../lib/json/types.js';

export interface SwappedToken {
  readonly params: RawJson | undefined;
  /** The caller's own token as it stood; absent where the caller wants no progress. */
  readonly token: RawJson | undefined;
}

/**
 * Puts our progress token, as raw JSON, in the place of the caller's, so that tokens of different
 * callers cannot meet. Params without a token are left as they are; what is no token, as null, is
 * taken out (`ProgressToken` is a string or a number, and servers refuse the call for any other).
 */
export function swapProgressToken(params: RawJson | undefined, own: number | string): SwappedToken {
  const found = params && mayHold(params, 'progressToken') ? tokenMember(params) : undefined;
  if (!params || !found) return { params, token: undefined };
  if (found.kind !== 'string' && found.kind !== 'number') {
    return { params: withoutTokens(params), token: undefined };
  }
  const token = Buffer.from(params.subarray(found.value.start, found.value.end));
  return { params: splice(params, [{ span: found.value, replacement: String(own) }]), token };
}

/** The params without any token: nobody could take progress on them. */
export function withoutProgressToken(params: RawJson): RawJson {
  return mayHold(params, 'progressToken') && tokenMember(params) ? withoutTokens(params) : params;
}

/** The token as it stands; undefined where no progress is wanted. */
export function progressToken(params: RawJson): RawJson | undefined {
  return swapProgressToken(params, '').token;
}

function withoutTokens(params: RawJson): RawJson {
  const [meta] = lastNamed(params, { start: 0, end: params.length }, '_meta');
  return splice(params, removals(params, namedMembers(params, meta!.value, 'progressToken')));
}

function tokenMember(params: RawJson): Member | undefined {
  const [meta] = lastNamed(params, { start: 0, end: params.length }, '_meta');
  return meta?.kind === 'object' ? lastNamed(params, meta.value, 'progressToken')[0] : undefined;
}

/** The number in a progress notification's token, if it may be one of ours. */
export function ownToken(bytes: Buffer, member: Member | undefined): number | undefined {
  if (member?.kind !== 'number') return undefined;
  const text = bytes.toString('latin1', member.value.start, member.value.end);
  return /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined;
}

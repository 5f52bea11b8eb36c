import { TooManyMembersError } from '../../../../../lib/json/members.js';
import type { Member } from '../../../../../lib/json/types.js';
import { allKinds, perKind } from '../../items/item-kinds.js';
import type { ItemKind } from '../../items/item-kinds.js';
import type { Approved, ApprovedItems, Fingerprint } from '../approved.js';
import { fingerprint, instructionsDigest } from '../fingerprint.js';
import {
  LockfileError,
  lockfileFormat,
  lockfileSpan,
  membersOnce,
  mostEntries,
  sectionOf,
  textIn,
} from './lockfile-members.js';

const known = ['lockfile', 'server', 'instructions', ...allKinds.map((kind) => sectionOf[kind])];
const digestPattern = /^sha256-[A-Za-z0-9+/]{43}=$/;

/**
 * Reads a lockfile. What it shows to whoever reviews it has to be what its digests say: an entry whose
 * definition has another digest makes the whole file none.
 * @throws LockfileError
 */
export function readLockfile(bytes: Buffer): Approved {
  const span = lockfileSpan(bytes);
  try {
    const members = membersOnce(bytes, { kind: 'object', value: span }, 'it', known);
    const format = textIn(bytes, members, 'lockfile', 'it');
    if (format !== lockfileFormat) {
      throw new LockfileError(`"lockfile" is not ${lockfileFormat}: it is of another release`);
    }
    return {
      server: members.has('server') ? textIn(bytes, members, 'server', 'it') : undefined,
      instructions: instructionsIn(bytes, members.get('instructions')),
      items: perKind((kind) => itemsIn(bytes, kind, members.get(sectionOf[kind]))),
    };
  } catch (error) {
    if (!(error instanceof TooManyMembersError)) throw error;
    throw new LockfileError(`it has more than ${mostEntries} entries`);
  }
}

function instructionsIn(bytes: Buffer, member: Member | undefined): Approved['instructions'] {
  if (member === undefined) return undefined;
  if (member.kind === 'null') return null;
  const members = membersOnce(bytes, member, 'instructions', ['digest', 'text']);
  const digest = digestIn(bytes, members, 'instructions');
  if (members.has('text')) {
    const text = textIn(bytes, members, 'text', 'instructions');
    if (instructionsDigest(text) !== digest) throw otherThan('instructions');
  }
  return digest;
}

function itemsIn(
  bytes: Buffer,
  kind: ItemKind,
  member: Member | undefined,
): ApprovedItems | undefined {
  if (member === undefined) return undefined;
  const section = sectionOf[kind];
  const items = new Map<string, Fingerprint>();
  for (const [name, entry] of membersOnce(bytes, member, section)) {
    const where = `${section}[${JSON.stringify(name.slice(0, 128))}]`;
    items.set(name, entryIn(bytes, entry, where));
  }
  return items;
}

function entryIn(bytes: Buffer, entry: Member, where: string): Fingerprint {
  const members = membersOnce(bytes, entry, where, ['digest', 'definition']);
  const digest = digestIn(bytes, members, where);
  const definition = members.get('definition');
  if (definition === undefined) return { digest, parts: new Map() };
  if (definition.kind !== 'object') throw new LockfileError(`${where}.definition is no object`);
  const own = fingerprint(bytes.subarray(definition.value.start, definition.value.end));
  if (own.digest !== digest) throw otherThan(where);
  return own;
}

function digestIn(bytes: Buffer, members: ReadonlyMap<string, Member>, where: string): string {
  const digest = textIn(bytes, members, 'digest', where);
  if (digestPattern.test(digest)) return digest;
  throw new LockfileError(`${where}.digest is none`);
}

function otherThan(where: string): LockfileError {
  return new LockfileError(
    `${where}: the digest is of another text than the one that stands there: write it anew with kong-mcp pin`,
  );
}

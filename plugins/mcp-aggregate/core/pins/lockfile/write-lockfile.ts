import { readableText } from '../../../../../lib/json/canonical.js';
import { allKinds, perKind } from '../../items/item-kinds.js';
import type { ItemKind } from '../../items/item-kinds.js';
import { instructionsDigest } from '../fingerprint.js';
import { lockfileFormat, lockfileSpan, membersOnce, sectionOf } from './lockfile-members.js';

/** An entry of a lockfile, ready to be written. */
export interface LockEntry {
  readonly digest: string;
  /** The definition as `readableJson` writes it at `definitionIndent`; left out where absent. */
  readonly text?: string | undefined;
}

/** What a lockfile is written of. */
export interface LockContent {
  readonly server: string | undefined;
  /** Null where the server has none; undefined where that is not known. */
  readonly instructions: string | null | undefined;
  readonly items: Readonly<Record<ItemKind, ReadonlyMap<string, LockEntry> | undefined>>;
  /** Without the texts that the digests are of. */
  readonly digestsOnly?: boolean;
}

/** Texts of the values of a lockfile's members. */
interface Parts {
  readonly server: string | undefined;
  readonly instructions: string | undefined;
  /** Entries by name. */
  readonly sections: Readonly<Record<ItemKind, ReadonlyMap<string, string> | undefined>>;
}

/** The text of a lockfile: entries by name, a line for each member, what cannot be seen escaped. */
export function writeLockfile(content: LockContent): string {
  return render(partsOf(content));
}

/**
 * A lockfile with what it lacks of `content`; what it has stays as it is.
 * @throws LockfileError where it is none
 */
export function addToLockfile(before: Buffer, content: LockContent): string {
  return render(merged(partsIn(before), partsOf(content)));
}

/** The same of two files. @throws LockfileError where one is none */
export function joinLockfiles(before: Buffer, more: Buffer): string {
  return render(merged(partsIn(before), partsIn(more)));
}

/** What the first says holds. */
function merged(old: Parts, more: Parts): Parts {
  return {
    server: old.server ?? more.server,
    instructions: old.instructions ?? more.instructions,
    sections: perKind((kind) => {
      const [was, is] = [old.sections[kind], more.sections[kind]];
      return was && is ? new Map([...is, ...was]) : (was ?? is);
    }),
  };
}

function partsOf({ server, instructions: said, items, digestsOnly = false }: LockContent): Parts {
  const entryOf = ({ digest, text }: LockEntry) =>
    entry('    ', digest, 'definition', digestsOnly ? undefined : text);
  const instructions = said === undefined ? undefined : said === null ? 'null' : introduced(said);
  return {
    server: server === undefined ? undefined : readableText(server),
    instructions,
    sections: perKind((kind) => {
      const section = items[kind];
      return section && new Map([...section].map(([name, one]) => [name, entryOf(one)]));
    }),
  };

  function introduced(text: string): string {
    const shown = digestsOnly ? undefined : readableText(text);
    return entry('  ', instructionsDigest(text), 'text', shown);
  }
}

function partsIn(bytes: Buffer): Parts {
  const all = membersOnce(bytes, { kind: 'object', value: lockfileSpan(bytes) }, 'it');
  const text = (key: string) => {
    const member = all.get(key);
    return member && bytes.toString('utf8', member.value.start, member.value.end);
  };
  return {
    server: text('server'),
    instructions: text('instructions'),
    sections: perKind((kind) => {
      const section = all.get(sectionOf[kind]);
      if (section === undefined) return undefined;
      const entries = membersOnce(bytes, section, sectionOf[kind]);
      return new Map(
        [...entries].map(([name, { value }]) => [
          name,
          bytes.toString('utf8', value.start, value.end),
        ]),
      );
    }),
  };
}

function render({ server, instructions, sections }: Parts): string {
  const members = [`"lockfile": ${readableText(lockfileFormat)}`];
  if (server !== undefined) members.push(`"server": ${server}`);
  if (instructions !== undefined) members.push(`"instructions": ${instructions}`);
  for (const kind of allKinds) {
    const section = sections[kind];
    if (section !== undefined) members.push(`"${sectionOf[kind]}": ${sectionText(section)}`);
  }
  return `{\n  ${members.join(',\n  ')}\n}\n`;
}

function sectionText(section: ReadonlyMap<string, string>): string {
  const names = [...section.keys()].sort();
  if (names.length === 0) return '{}';
  const lines = names.map((name) => `${readableText(name)}: ${section.get(name)!}`);
  return `{\n    ${lines.join(',\n    ')}\n  }`;
}

function entry(outer: string, digest: string, key: string, text: string | undefined): string {
  const inner = `${outer}  `;
  const more = text === undefined ? '' : `,\n${inner}"${key}": ${text}`;
  return `{\n${inner}"digest": "${digest}"${more}\n${outer}}`;
}

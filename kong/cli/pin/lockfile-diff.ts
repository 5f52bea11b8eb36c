import { visible } from '../../../lib/visible.js';
import { allKinds } from '../../../plugins/mcp-aggregate/core/items/item-kinds.js';
import { sectionOf } from '../../../plugins/mcp-aggregate/core/pins/lockfile/lockfile-members.js';
import { valueDiff } from './value-diff.js';

type Members = Readonly<Record<string, unknown>>;

interface Entry {
  readonly digest?: string;
  readonly definition?: unknown;
  readonly text?: string;
}

/**
 * What differs between two lockfiles, for people; empty where nothing does. Digests decide whether,
 * texts show what.
 * @param keeps whether what the newer one lacks is no difference
 */
export function lockfileDiff(before: string, after: string, keeps = false): string {
  const [old, now] = [JSON.parse(before), JSON.parse(after)] as [Members, Members];
  const lines: string[] = [];
  if (old['server'] !== undefined && old['server'] !== now['server']) {
    lines.push(`~ server: ${nameOf(old['server'])} → ${nameOf(now['server'])}`);
  }
  const [said, says] = [old['instructions'], now['instructions']] as (Entry | null | undefined)[];
  if (said !== undefined && said?.digest !== says?.digest) {
    lines.push('~ instructions', ...indented(textDiff(said, says ?? undefined)));
  }
  for (const kind of allKinds) {
    const section = sectionOf[kind];
    lines.push(...sectionDiff(section, entriesOf(old[section]), entriesOf(now[section]), keeps));
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function sectionDiff(
  section: string,
  old: ReadonlyMap<string, Entry>,
  now: ReadonlyMap<string, Entry>,
  keeps: boolean,
): string[] {
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names.flatMap((name) => {
    const [was, is] = [old.get(name), now.get(name)];
    const place = `${section} ${nameOf(name)}`;
    if (is === undefined) return keeps ? [] : [`- ${place}`];
    if (was === undefined) return [`+ ${place}`, ...indented(valueDiff({}, is.definition ?? {}))];
    if (was.digest === is.digest) return [];
    if (was.definition === undefined || is.definition === undefined) return [`~ ${place}`, unsaid];
    const differences = valueDiff(was.definition, is.definition);
    return [`~ ${place}`, ...(differences.length > 0 ? indented(differences) : [subtle])];
  });
}

const unsaid = '    the lockfile has digests alone: what differs cannot be shown';
const subtle = '    members named twice or numbers beyond 15 digits differ: compare the lockfiles';

function textDiff(was: Entry | null | undefined, is: Entry | undefined): readonly string[] {
  if (was === null || was === undefined) return [`+ ${visible(is?.text ?? '')}`];
  if (is === undefined) return [`- ${visible(was.text ?? '')}`];
  if (was.text === undefined || is.text === undefined) return [unsaid.trim()];
  return valueDiff({ text: was.text }, { text: is.text });
}

function entriesOf(section: unknown): ReadonlyMap<string, Entry> {
  return new Map(Object.entries((section ?? {}) as Readonly<Record<string, Entry>>));
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `    ${line}`);
}

function nameOf(name: unknown): string {
  return visible(JSON.stringify(name) ?? 'unnamed');
}

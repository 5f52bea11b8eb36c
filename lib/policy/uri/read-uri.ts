import { doubtOf } from './doubts.js';
import { fold } from './fold.js';
import { readAuthority } from './host.js';
import type { Authority } from './host.js';
import { collapse, dotSegments, resolveDots, withoutParameters } from './segments.js';
import { unescapeUri } from './unescape.js';
import { uriParts, withLead } from './uri-parts.js';
import type { UriParts } from './uri-parts.js';

/** What rules compare of a URI, or of a pattern for URIs. */
export interface UriForms {
  /**
   * As any reader may take it, without regard to case, the usual one first; doubled slashes, hosts of
   * files, queries and such do not tell them apart. What is forbidden or needs something is so in
   * each of them.
   */
  readonly loose: readonly string[];
  /**
   * As strict readers take it: its escapes undone once, undone wholly, and with its dot segments.
   * What is permitted by name is so in each of them, in its place.
   */
  readonly exact: readonly [string, string, string];
}

/** A URI that readers take for different ones, and why. */
export interface Unclear {
  readonly unclear: string;
}

export type UriReading = UriForms | Unclear;

/** A pattern's star is any text, a URI's own one becomes this, as `%2a` of a pattern does. */
const star = '\x01';
const wild = '\x02';
/** Honest URIs have one to four. */
const mostForms = 8;

/** Parts with their escapes undone to some depth. */
interface Level {
  readonly authority: Authority | undefined;
  readonly path: string;
  readonly tail: string;
}

/**
 * What rules compare of a URI as clients see it, decided on server and original URI (design D19);
 * where readers would disagree, that it is unclear.
 */
export function readUri(uri: string): UriReading {
  const parts = uriParts(uri);
  const [once, twice] = levels(parts, unescapeUri);
  const thrice = { path: unescapeUri(twice.path), tail: unescapeUri(twice.tail) };
  const endless = thrice.path !== twice.path || thrice.tail !== twice.tail;
  const unclear = doubtOf(uri, parts, { ...twice, nested: twice !== once, endless });
  if (unclear !== undefined) return { unclear };
  const first = levelOf(parts, starred(once));
  const forms = formsOf(uri, parts, first, twice === once ? first : levelOf(parts, starred(twice)));
  if (forms === undefined)
    return { unclear: 'it has a host that is none, or leads above its root' };
  return forms.loose.length > mostForms ? { unclear: 'it can be read in too many ways' } : forms;
}

/** The same of a pattern, in which `*` stands for any text. What is doubtful there is taken as it is. */
export function readUriPattern(pattern: string): UriForms {
  const parts = uriParts(pattern.replaceAll('\\', '/'));
  const [once, twice] = levels(parts, undoPattern);
  const first = levelOf(parts, once);
  const second = twice === once ? first : levelOf(parts, twice);
  const forms = formsOf(pattern, parts, first, second, true);
  return forms ?? { loose: [fold(pattern)], exact: [pattern, pattern, pattern] };
}

interface Undone {
  readonly authority: string;
  readonly path: string;
  readonly tail: string;
}

function levels(
  { authority = '', path, tail }: UriParts,
  undoIn: (text: string) => string,
): [Undone, Undone] {
  const undoAll = (from: Undone): Undone => ({
    authority: undoIn(from.authority),
    path: undoIn(from.path),
    tail: undoIn(from.tail),
  });
  const once = undoAll({ authority, path, tail });
  const more = [once.authority, once.path, once.tail].some((text) => text.includes('%'));
  return [once, more ? undoAll(once) : once];
}

function starred({ authority, path, tail }: Undone): Undone {
  const mark = (text: string) => (text.includes('*') ? text.replaceAll('*', star) : text);
  return { authority: mark(authority), path: mark(path), tail: mark(tail) };
}

function undoPattern(text: string): string {
  const undone = unescapeUri(text.replaceAll('*', wild));
  return undone.replaceAll('*', star).replaceAll(wild, '*');
}

function levelOf({ authority, scheme, kind }: UriParts, { path, tail, ...undone }: Undone): Level {
  const read =
    authority === undefined ? noAuthority : readAuthority(undone.authority, scheme, kind);
  return { authority: read, path, tail };
}

const noAuthority: Authority = { userinfo: '', host: '' };

/** Undefined where its host is none, or where its dots lead above the root, and readers differ. */
function formsOf(
  text: string,
  parts: UriParts,
  once: Level,
  twice: Level,
  isPattern = false,
): UriForms | undefined {
  const first = resolved(once);
  const second = twice === once ? first : resolved(twice);
  if (first.authority === undefined || second.authority === undefined) return undefined;
  if (!isPattern && (first.escapes || second.escapes)) return undefined;
  const loose = new Set<string>();
  addForms(loose, parts, first, isPattern);
  loose.add(text.trim());
  if (twice !== once) addForms(loose, parts, second, isPattern);
  if (first.path !== once.path) for (const form of looseForms(parts, once)) loose.add(form);
  const folded = new Set([...loose].map((form) => fold(form)));
  const strict = exactForm(parts, first);
  const exact: UriForms['exact'] = [
    strict,
    second === first ? strict : exactForm(parts, second),
    first.path === once.path ? strict : exactForm(parts, once),
  ];
  return { loose: [...folded], exact };
}

function resolved(level: Level): Level & { readonly escapes: boolean } {
  if (dotSegments(level.path) === 0) return { ...level, escapes: false };
  return { ...level, ...resolveDots(level.path) };
}

function addForms(into: Set<string>, parts: UriParts, level: Level, isPattern: boolean): void {
  const { path, tail } = level;
  const bare = withoutParameters(path);
  if (isPattern) {
    for (const form of looseForms(parts, level)) into.add(form);
    if (bare !== path)
      for (const form of looseForms(parts, { ...level, path: bare })) into.add(form);
    return;
  }
  for (const form of looseForms(parts, level)) into.add(form);
  if (tail === '' && !cuttable.test(path)) return;
  const fragment = tail.indexOf('#', 1);
  const cuts = [
    ...(fragment > 0 ? [{ ...level, tail: tail.slice(0, fragment) }] : []),
    { ...level, path: trimmed(bare), tail: '' },
    { ...level, path: trimmed(bare.replace(/[?#].*$/s, '')), tail: '' },
  ];
  for (const cut of cuts) for (const form of looseForms(parts, cut)) into.add(form);
}

/** What some take for the end of a path. */
const cuttable = /[;?#]|[/ ]$/;

/** Servers of files do not tell a path from one with a slash or a space behind it. */
function trimmed(path: string): string {
  let end = path.length;
  while (end > 0 && (path[end - 1] === '/' || path[end - 1] === ' ')) end -= 1;
  return path.slice(0, end);
}

/** With lead and scheme; slashes do not count, nor does the host of a file, or it is a folder. */
function looseForms(
  { lead, scheme, kind, authority: written }: UriParts,
  { authority, path, tail }: Level,
): string[] {
  const { host } = authority ?? noAuthority;
  const end = collapse(tail);
  if (kind === 'special') {
    const rooted = path === '' && !host.includes('*') ? '/' : collapse(path);
    return [withLead(lead, `${scheme}://${host}${rooted}${end}`)];
  }
  if (kind === 'other') {
    const whole = collapse(host + path).replace(/^\//, '');
    const forms = [withLead(lead, `${scheme}://${whole}${end}`)];
    if (written !== undefined) return forms;
    // What has no slash before it some take for an authority all the same.
    const hosted = whole.replace(/^[^/]*@/, '').replace(/^[:/]+/, '');
    return hosted === whole ? forms : [...forms, withLead(lead, `${scheme}://${hosted}${end}`)];
  }
  if (kind === 'none' && /^[^/]*\*/.test(path)) return [withLead(lead, collapseText(path) + end)];
  const local = `file:///${collapse(path).replace(/^\//, '')}${end}`;
  if (host === '' || host === 'localhost') return [withLead(lead, local)];
  const folder = `file:///${host}${collapse(path)}${end}`;
  return [withLead(lead, local), withLead(lead, folder)];
}

/** Of a pattern with a star where others have their scheme: what follows a colon may be a scheme's slashes. */
function collapseText(pattern: string): string {
  return pattern.replace(/(?<!:)\/{2,}/g, '/');
}

function exactForm({ lead, scheme, kind, authority: written }: UriParts, level: Level): string {
  const { userinfo, host } = level.authority ?? noAuthority;
  const { path, tail } = level;
  if (kind === 'none') return lead + path + tail;
  if (written === undefined) return `${lead}${scheme}:${path}${tail}`;
  const shown = kind === 'file' && host === 'localhost' ? '' : userinfo + host;
  const rooted = kind === 'special' && path === '' && !host.includes('*') ? '/' : path;
  return withLead(lead, `${scheme}://${shown}${rooted}${tail}`);
}

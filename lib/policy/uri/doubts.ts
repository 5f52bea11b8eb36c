import { isWellFormedText } from '../../json/members.js';
import { isOverloaded } from './fold.js';
import { dotSegments, slashes } from './segments.js';
import type { UriParts } from './uri-parts.js';

/** A URI's path and authority, and what follows them, with escapes undone as often as there are any. */
export interface Undone {
  readonly authority: string;
  readonly path: string;
  readonly tail: string;
  /** Undoing escapes once more than servers do changes it. */
  readonly nested: boolean;
  /** After one more than the two times that are looked at, something would have changed still. */
  readonly endless: boolean;
}

const control = /[\x00-\x1f\x7f-\x9f]/;
const escapedDelimiter = /%(?:25)*(?:2f|3f|23|40|5c|3a)/i;
const overlong = /%(?:c[01]|e0%[89]|f0%8)/;
const foreignEscape = /%u[0-9a-f]{4}/i;
/** Of a path that has any: resolving them is then cheap. */
const mostDots = 32;
const mostSegments = 128;
const drive = /^\/*[a-z][:|](?:\/|$)/i;

/**
 * Why readers may disagree on which resource a URI names, so that no rule can be decided on it;
 * undefined where none would. URL parsers, file systems and servers differ in each of these: they
 * take a backslash for a slash or do not, resolve dots before they undo escapes or after, and so on.
 */
export function doubtOf(text: string, parts: UriParts, undone: Undone): string | undefined {
  const { authority = '', path, kind } = parts;
  const reached = undone.authority + undone.path;
  if (!isWellFormedText(text) || control.test(text) || control.test(reached)) {
    return 'it has a control character';
  }
  if (path.includes('\\') || authority.includes('\\') || reached.includes('\\')) {
    return 'it has a backslash';
  }
  if (isOverloaded(text) || isOverloaded(reached)) return 'it has a character of too many marks';
  if (undone.endless) return 'it has escapes within escapes within escapes';
  const whole = reached + undone.tail;
  if (whole.includes('\ufffd') || overlong.test(whole) || foreignEscape.test(whole)) {
    return 'it has escapes that are no UTF-8';
  }
  if ((kind === 'file' || kind === 'special') && authority.includes('@')) {
    return 'it has a user before its host';
  }
  if (escapedDelimiter.test(authority)) return 'its host has an escaped delimiter';
  const port = authority.lastIndexOf(':');
  if (port >= 0 && authority.includes('%', port)) return 'its port is escaped';
  if (kind === 'file' && authority === '' && !/^\/|^$/.test(path)) return 'it has no slash';
  if (kind === 'file' && /^[a-z][:|]$/i.test(authority)) return 'its host is the name of a drive';
  if (kind === 'file' && /^\/*[a-z]\|(?:\/|$)/i.test(undone.path)) return 'its drive has a bar';
  // Servers that do not parse take such a scheme off, wherever it stands.
  if (kind === 'file' || kind === 'none') {
    if (/file:\/\//i.test(path) || /file:\/\//i.test(reached))
      return 'it names the scheme of files twice';
  }
  if (kind === 'none' && /^[a-z][a-z0-9+.-]+:/i.test(undone.path)) return 'its scheme is escaped';
  return doubtOfDots(path, kind === 'file' || kind === 'none', undone);
}

function doubtOfDots(path: string, isFile: boolean, undone: Undone): string | undefined {
  const written = dotSegments(path);
  if (written > mostDots) return 'it has too many dot segments';
  if (undone.path !== path && dotSegments(undone.path) !== written)
    return 'it has escaped dot segments';
  if (dotSegments(undone.tail.replaceAll('\\', '/')) > 0) return 'it has dot segments in its query';
  if (written === 0) return undefined;
  if (slashes(path) > mostSegments) return 'it has dot segments among too many others';
  if (undone.nested) return 'it has dot segments and escapes within escapes';
  if (slashes(undone.path) !== slashes(path)) return 'it has dot segments and escaped slashes';
  if (path.includes('//')) return 'it has dot segments and doubled slashes';
  if (/(?:^|\/)\.{1,2};/.test(undone.path)) return 'it has dot segments with parameters';
  return isFile && drive.test(path) ? 'it has dot segments below a drive' : undefined;
}

import { replyJson } from '../../../../lib/outbound/reply-json.js';
import { GuardFault, UnfollowedAnswer } from './guard.js';
import type { GuardAnswer, Replacement } from './guard.js';

const mostReplacements = 256;
const mostReason = 512;
/** Of names in a path; nothing that passes is nested more deeply. */
const deepest = 512;
const longestPath = 8_192;

/**
 * What a guard answers.
 * @throws GuardFault for anything but one of its forms; UnfollowedAnswer where it wants to replace
 */
export function readAnswer(text: string): GuardAnswer {
  const { action, reason, replacements } = objectOf(jsonOf(text));
  switch (action) {
    case 'allow':
      return { action };
    case 'deny':
      // A reason that is no text leaves it denied.
      return { action, reason: typeof reason === 'string' ? cut(reason) : undefined };
    case 'replace':
      return { action, replacements: replacementsOf(replacements) };
    default:
      throw new GuardFault('answered no known action');
  }
}

function jsonOf(text: string): unknown {
  try {
    return replyJson(text);
  } catch {
    throw new GuardFault('answered something else than JSON, or too much of it');
  }
}

function unescaped(name: string): string {
  return name.replaceAll('~1', '/').replaceAll('~0', '~');
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  throw new GuardFault('answered no object');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function cut(reason: string): string {
  return reason.slice(0, mostReason);
}

function replacementsOf(given: unknown): readonly Replacement[] {
  if (!Array.isArray(given)) throw new UnfollowedAnswer('replaces without a list of replacements');
  if (given.length > mostReplacements) {
    throw new UnfollowedAnswer(`replaces more than ${mostReplacements} texts`);
  }
  return given.map((each: unknown) => {
    const { path, index, text } = isObject(each) ? each : {};
    if (typeof text !== 'string') throw new UnfollowedAnswer('replaces a text by something else');
    if (path === undefined && Number.isSafeInteger(index)) {
      return { path: ['content', String(index), 'text'], text };
    }
    if (
      typeof path !== 'string' ||
      path.length > longestPath ||
      !/^(?:\/(?:[^~/]|~[01])*)+$/.test(path)
    ) {
      throw new UnfollowedAnswer('replaces at a path that is no JSON Pointer');
    }
    const names = path.slice(1).split('/');
    if (names.length > deepest) throw new UnfollowedAnswer('replaces a text that is not there');
    return { path: path.includes('~') ? names.map(unescaped) : names, text };
  });
}

import { replyJson } from '../../../../lib/outbound/reply-json.js';
import { GuardFault } from './guard.js';
import type { GuardAnswer, Replacement } from './guard.js';

const mostReplacements = 256;
const mostReason = 512;

/**
 * What a guard answers.
 * @throws GuardFault for anything but one of its forms
 */
export function readAnswer(text: string): GuardAnswer {
  const { action, reason, replacements } = objectOf(jsonOf(text));
  switch (action) {
    case 'allow':
      return { action };
    case 'deny':
      return { action, reason: reasonOf(reason) };
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

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new GuardFault('answered no object');
}

function reasonOf(reason: unknown): string | undefined {
  if (reason === undefined || reason === null) return undefined;
  if (typeof reason !== 'string') throw new GuardFault('gives a reason that is no text');
  return reason.slice(0, mostReason);
}

function replacementsOf(given: unknown): readonly Replacement[] {
  if (!Array.isArray(given)) throw new GuardFault('replaces without a list of replacements');
  if (given.length > mostReplacements) {
    throw new GuardFault(`replaces more than ${mostReplacements} texts`);
  }
  return given.map((each: unknown) => {
    const { path, index, text } = objectOf(each);
    if (typeof text !== 'string') throw new GuardFault('replaces a text by something else');
    if (path === undefined && Number.isSafeInteger(index)) {
      return { path: ['content', String(index), 'text'], text };
    }
    if (typeof path !== 'string' || !/^(?:\/(?:[^~/]|~[01])*)+$/.test(path)) {
      throw new GuardFault('replaces at a path that is no JSON Pointer');
    }
    const names = path.slice(1).split('/');
    return { path: names.map((n) => n.replaceAll('~1', '/').replaceAll('~0', '~')), text };
  });
}

import { wildcard } from '../../../lib/policy/pattern.js';
import { uriForms } from '../../../lib/policy/uri-forms.js';

/**
 * Which names of a server are shown, by exact name or by patterns in which `*` stands for any text:
 * `deny` wins, and an empty `allow` allows all.
 */
export interface NameRules {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

/** Whether a name, or a URI, is shown. */
export type Shows = (name: string) => boolean;

export function nameFilter({ allow, deny }: NameRules): Shows {
  const allows = anyOf(allow);
  const denies = anyOf(deny);
  return (name) => !denies(name) && (allow.length === 0 || allows(name));
}

/** The same for URIs: no spelling that a server might read as another URI is a way around a rule. */
export function uriFilter({ allow, deny }: NameRules): Shows {
  if (allow.length === 0 && deny.length === 0) return () => true;
  const allows = anyOf(allow.flatMap(uriForms));
  const denies = anyOf(deny.flatMap(uriForms));
  return (uri) => {
    const forms = uriForms(uri);
    // Escapes within escapes beyond what is looked at: no honest URI has them.
    if (forms.flatMap(uriForms).some((form) => !forms.includes(form))) return false;
    return !forms.some(denies) && (allow.length === 0 || forms.every(allows));
  };
}

function anyOf(patterns: readonly string[]): Shows {
  const tests = patterns.map(wildcard);
  return (text) => tests.some((test) => test(text));
}

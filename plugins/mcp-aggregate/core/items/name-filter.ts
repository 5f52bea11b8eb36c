import { wildcard } from '../../../../lib/policy/pattern.js';
import { AskedUri } from '../../../../lib/policy/uri/asked-uri.js';
import { uriPatterns } from '../../../../lib/policy/uri/uri-patterns.js';

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

/** Whether a filter looks at names at all. */
export function filters({ allow, deny }: NameRules): boolean {
  return allow.length > 0 || deny.length > 0;
}

/**
 * The same for URIs, in every spelling: `deny` is about all that a reader may take for what it names,
 * `allow` only about what each of them does. An unclear URI is not shown.
 */
export function uriFilter(rules: NameRules): Shows {
  if (!filters(rules)) return () => true;
  const allows = uriPatterns(rules.allow);
  const denies = uriPatterns(rules.deny);
  return (uri) => {
    const { reading } = new AskedUri(uri);
    if ('unclear' in reading || reading.loose.some(denies.mean)) return false;
    return rules.allow.length === 0 || allows.name(reading);
  };
}

function anyOf(patterns: readonly string[]): Shows {
  const tests = patterns.map(wildcard);
  return (text) => tests.some((test) => test(text));
}

import { derivedName } from './derived-name.js';
import { toolNameFault } from './names.js';

/** The name that clients see of a tool, as `Exposure.nameOf` gives it; undefined where there is none. */
export function shownToolName(
  prefix: string,
  original: string,
  rename: string | undefined,
): string | undefined {
  const name = prefix + (rename ?? original);
  if (toolNameFault(name) === undefined) return name;
  const derived = derivedName(prefix, original);
  return derived === undefined || toolNameFault(derived) !== undefined ? undefined : derived;
}

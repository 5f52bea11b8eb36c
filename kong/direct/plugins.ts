import { postFunction, preFunction } from './functions.js';
import type { KongFunctions } from './functions.js';

/** Kong's own plugins that carry out direct calls, as the route of mcp-aggregate has them. */
export const directPlugins = [
  { name: 'pre-function', config: listed(preFunction) },
  { name: 'post-function', config: listed(postFunction) },
] as const;

/** Each phase takes a list of functions. */
function listed(functions: KongFunctions): Readonly<Record<string, readonly string[]>> {
  const entries = Object.entries(functions) as [string, string][];
  return Object.fromEntries(entries.map(([phase, text]) => [phase, [text]]));
}

/** The phases of these plugins in which a route's configuration of them lacks our function. */
export function missingFunctions(
  name: string,
  config: Readonly<Record<string, unknown>> | undefined,
): readonly string[] {
  const wanted = directPlugins.find((one) => one.name === name)?.config ?? {};
  return Object.entries(wanted).flatMap(([phase, [text]]) => {
    const given = config?.[phase];
    return Array.isArray(given) && given.includes(text) ? [] : [`${name}.${phase}`];
  });
}

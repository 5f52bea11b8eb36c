import { postFunction, preFunction } from '../../../kong/direct/functions.js';

/** The plugins of Kong's own that carry out direct calls, as a route has them. */
export const directFunctions = [
  { name: 'pre-function', config: listed(preFunction) },
  { name: 'post-function', config: listed(postFunction) },
];

/** Each phase takes a list of functions. */
function listed(functions: object): Record<string, readonly string[]> {
  const entries = Object.entries(functions) as [string, string][];
  return Object.fromEntries(entries.map(([phase, text]) => [phase, [text]]));
}

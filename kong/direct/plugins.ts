import { fewerCalls } from './fewer-calls.js';
import { postFunction, preFunction } from './functions.js';
import type { KongFunctions } from './functions.js';

/** Kong's own plugin with which ours need fewer calls to Kong, on a route of theirs. */
export const fewerCallsPlugins = [
  { name: 'pre-function', config: { access: [fewerCalls] } },
] as const;

/** Those that carry out direct calls, as the route of mcp-aggregate has them, with fewer calls. */
export const directPlugins = [
  { name: 'pre-function', config: listed(preFunction, { access: [fewerCalls] }) },
  { name: 'post-function', config: listed(postFunction) },
] as const;

const needed: Readonly<Record<string, KongFunctions>> = {
  'pre-function': preFunction,
  'post-function': postFunction,
};

/** Each phase takes a list of functions. */
function listed(
  functions: KongFunctions,
  before: Readonly<Record<string, readonly string[]>> = {},
): Readonly<Record<string, readonly string[]>> {
  const entries = Object.entries(functions) as [string, string][];
  return Object.fromEntries(
    entries.map(([phase, text]) => [phase, [...(before[phase] ?? []), text]]),
  );
}

/** The phases of these plugins in which a route's configuration of them lacks what direct calls need. */
export function missingFunctions(
  name: string,
  config: Readonly<Record<string, unknown>> | undefined,
): readonly string[] {
  return Object.entries(needed[name] ?? {}).flatMap(([phase, text]) => {
    const given = config?.[phase];
    return Array.isArray(given) && given.includes(text) ? [] : [`${name}.${phase}`];
  });
}

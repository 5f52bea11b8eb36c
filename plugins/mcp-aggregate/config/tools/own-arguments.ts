import { ConfigError } from '../../../../lib/errors/errors.js';
import { JsonSyntaxError, validateJson } from '../../../../lib/json/scan.js';
import type { OwnArguments } from '../../core/items/own-arguments.js';
import { nodeOfPaths } from '../../core/params/param-node.js';

interface Given {
  readonly fixed_arguments?: Readonly<Record<string, string>> | null | undefined;
  readonly hidden_arguments?: readonly string[] | null | undefined;
}

const mostNames = 64;
/** Deep enough for any argument, and well within what messages may hold. */
const maxDepth = 32;

/**
 * The arguments of one tool that clients neither see nor give; undefined where there are none.
 * @throws ConfigError naming the field
 */
export function readOwnArguments(field: string, given: Given): OwnArguments | undefined {
  const fixed = new Map(Object.entries(given.fixed_arguments ?? {}));
  for (const [name, value] of fixed) {
    checkJson(`${field}.fixed_arguments[${name}]`, value);
  }
  // Kong hands on an empty list as `{}`.
  const hidden = Array.isArray(given.hidden_arguments)
    ? (given.hidden_arguments as readonly string[])
    : [];
  const twice = hidden.find((name) => fixed.has(name));
  if (twice !== undefined) {
    throw new ConfigError(`${field}.hidden_arguments`, `${twice} is fixed, so it is hidden anyway`);
  }
  const names = [...new Set([...fixed.keys(), ...hidden])];
  if (names.length === 0) return undefined;
  if (names.length > mostNames) {
    throw new ConfigError(field, `at most ${mostNames} arguments can be fixed or hidden`);
  }
  const root = nodeOfPaths(names.map((name) => [name]));
  const because = 'the gateway keeps to itself';
  return { fixed, names, picked: { root, count: names.length, because, withNull: true } };
}

/** Says where it is wrong, not what it is: it may be a secret. */
function checkJson(field: string, text: string): void {
  try {
    validateJson(Buffer.from(text), { maxDepth });
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new ConfigError(field, 'is not JSON: a text needs its quotes, as in "\\"eu\\""');
  }
}

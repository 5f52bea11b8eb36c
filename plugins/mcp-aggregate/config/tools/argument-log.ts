import { ConfigError } from '../../../../lib/errors/errors.js';
import { foldKey } from '../../../../lib/json/protocol-keys.js';
import { visible } from '../../../../lib/visible.js';
import { ArgumentLog } from '../../core/audit/argument-log.js';
import type { LoggedArguments } from '../../core/audit/argument-log.js';
import type { Redaction } from '../../core/audit/value-text.js';
import { shownToolName } from '../../core/items/shown-tool-name.js';
import { nodeOfPaths } from '../../core/params/param-node.js';
import { readPointer } from './json-pointer.js';

interface Given {
  readonly log_arguments?: readonly string[] | null | undefined;
  readonly redact_arguments?: readonly string[] | null | undefined;
}

interface Path {
  readonly pointer: string;
  readonly names: readonly string[];
}

/**
 * Which arguments of one tool are logged; undefined where none are.
 * @throws ConfigError naming the field
 */
export function readLoggedArguments(field: string, given: Given): LoggedArguments | undefined {
  const logged = readPaths(`${field}.log_arguments`, given.log_arguments);
  const hidden = readPaths(`${field}.redact_arguments`, given.redact_arguments);
  for (const { names, pointer } of hidden) {
    if (logged.some((path) => begins(path.names, names))) continue;
    throw new ConfigError(
      `${field}.redact_arguments`,
      `${pointer} is, and lies in, nothing that log_arguments has`,
    );
  }
  if (logged.length === 0) return undefined;
  const seen = new Set(logged.map(({ pointer }) => pointer));
  const others = hidden.filter(({ pointer }) => !seen.has(pointer));
  const paths = [...logged, ...others].map(({ names }) => names);
  return {
    picked: { root: nodeOfPaths(paths), count: paths.length, because: 'the gateway logs' },
    logged: logged.map(({ pointer, names }) => {
      const within = hidden.filter((path) => begins(names, path.names));
      const below = within.map((path) => path.names.slice(names.length));
      return { pointer, redaction: redactionOf(below) };
    }),
  };
}

/**
 * Those of all servers, by the names that clients see.
 * @throws ConfigError where two would be one
 */
export function readArgumentLog(
  servers: readonly {
    readonly name: string;
    readonly prefix: string;
    readonly overrides: ReadonlyMap<
      string,
      { readonly rename: string | undefined; readonly logged?: LoggedArguments | undefined }
    >;
  }[],
): ArgumentLog {
  const tools = new Map<string, LoggedArguments>();
  for (const { name: server, prefix, overrides } of servers) {
    for (const [original, { rename, logged }] of overrides) {
      if (logged === undefined) continue;
      const shown = shownToolName(prefix, original, rename);
      if (shown === undefined) continue;
      if (tools.has(shown)) {
        const field = `servers[${server}].tools.overrides[${original}].log_arguments`;
        throw new ConfigError(
          field,
          `clients see another tool as ${shown}, of which some are logged`,
        );
      }
      tools.set(shown, logged);
    }
  }
  return new ArgumentLog(tools);
}

/** Kong hands on an empty list as `{}`. */
function readPaths(field: string, given: readonly string[] | null | undefined): readonly Path[] {
  const pointers = Array.isArray(given) ? [...new Set(given as readonly string[])] : [];
  return pointers.map((pointer) => {
    if (visible(pointer) !== pointer || /[\n\t]/.test(pointer)) {
      throw new ConfigError(field, 'must hold no control or invisible characters');
    }
    return { pointer, names: readPointer(field, pointer) };
  });
}

function begins(start: readonly string[], path: readonly string[]): boolean {
  return start.length <= path.length && start.every((name, n) => name === path[n]);
}

function redactionOf(paths: readonly (readonly string[])[]): Redaction | undefined {
  if (paths.length === 0) return undefined;
  const byName = new Map<string, (readonly string[])[]>();
  for (const [name, ...rest] of paths) {
    if (name === undefined) continue;
    const folded = foldKey(name);
    byName.set(folded, [...(byName.get(folded) ?? []), rest]);
  }
  const within = [...byName].map(([name, rest]) => [name, redactionOf(rest)!] as const);
  return { whole: paths.some((path) => path.length === 0), within: new Map(within) };
}

import { findNodeAtLocation, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Node, ParseError } from 'jsonc-parser';
import { parse as parseToml, TomlError } from 'smol-toml';
import { ConfigError } from '../errors/errors.js';

type Path = readonly (string | number)[];

/** A document as read, and where its parts stand. */
export interface ReadText {
  readonly value: unknown;
  /** ` (line 3, column 5)` of a part; empty where it is not known. */
  place(path: Path): string;
}

const maxLength = 1_048_576;
const maxDepth = 64;

/**
 * Reads JSON, with comments and trailing commas as editors allow them, or TOML as Codex writes it.
 * Parsers' own messages are withheld where they quote the text, which may hold secrets.
 * @throws ConfigError naming the line and column that cannot be read
 */
export function readText(text: string, format: 'json' | 'toml'): ReadText {
  if (text.length > maxLength) {
    throw new ConfigError('mcpServers', 'the document is larger than 1 MiB');
  }
  return format === 'toml' ? readToml(text) : readJson(text.replace(/^\uFEFF/, ''));
}

function readToml(text: string): ReadText {
  try {
    return { value: parseToml(text), place: () => '' };
  } catch (error) {
    const place = error instanceof TomlError ? ` (line ${error.line}, column ${error.column})` : '';
    throw new ConfigError('mcpServers', `the document is not TOML${place}`);
  }
}

function readJson(text: string): ReadText {
  const tooDeep = deeperThan(text, maxDepth);
  if (tooDeep !== undefined) {
    throw new ConfigError(
      'mcpServers',
      `the document is nested more than ${maxDepth} deep${placeOf(text, tooDeep)}`,
    );
  }
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined || tree === undefined) {
    const what = first === undefined ? 'it is empty' : wordsOf(printParseErrorCode(first.error));
    throw new ConfigError(
      'mcpServers',
      `the document is not JSON: ${what}${placeOf(text, first?.offset ?? 0)}`,
    );
  }
  return {
    value: valueOf(tree),
    place: (path) => {
      const node = findNodeAtLocation(tree, [...path]);
      return node === undefined ? '' : placeOf(text, node.offset);
    },
  };
}

/** Names of the library's errors are words run together: `CloseBraceExpected`. */
function wordsOf(code: string): string {
  return code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

/** Built by definition of members, so that `__proto__` is one like any other. */
function valueOf(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(valueOf);
  if (node.type !== 'object') return node.value;
  const members = (node.children ?? []).map(({ children = [] }) => {
    const [key, value] = children;
    return [String(key?.value), value && valueOf(value)] as const;
  });
  return Object.fromEntries(members);
}

/** Where the nesting passes `depth`, strings and comments aside; the parser itself recurses. */
function deeperThan(text: string, depth: number): number | undefined {
  const part = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|[[\]{}]/g;
  let open = 0;
  for (let match = part.exec(text); match !== null; match = part.exec(text)) {
    const [token] = match;
    if (token === '[' || token === '{') open += 1;
    else if (token === ']' || token === '}') open -= 1;
    if (open > depth) return match.index;
  }
  return undefined;
}

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return ` (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`;
}

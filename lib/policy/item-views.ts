import { methods } from '../protocol/methods.js';
import type { ItemKind, Operation } from './operation.js';
import { wildcard } from './pattern.js';
import { uriPatterns } from './uri/uri-patterns.js';

/** What a view shows: all items of some servers, and items by name as clients see it; `*` is any text. */
export interface ViewTarget {
  readonly servers: readonly string[];
  readonly tools: readonly string[];
  readonly prompts: readonly string[];
  /** Resources and templates, by URI. */
  readonly resources: readonly string[];
}

/** The server that an item belongs to, by the name that clients see. */
export type ServerOfItem = (kind: ItemKind, name: string) => string | undefined;

/** Views by their index: one of each group must show an item; none where nothing is shown. */
export type Sees = readonly (readonly number[])[];

/** The kind of item that an operation uses; others that are about an item come with one of these. */
const kinds: ReadonlyMap<string, 'tool' | 'prompt' | 'resource'> = new Map([
  [methods.callTool, 'tool'],
  [methods.getPrompt, 'prompt'],
  [methods.readResource, 'resource'],
] as const);

/** Some of the views: comparing two of these takes a step or two, whatever a server's items match. */
export class ViewSet {
  readonly indexes: readonly number[];
  /** A bit for each view. */
  readonly #words: readonly number[];

  constructor(indexes: readonly number[]) {
    this.indexes = indexes;
    const words: number[] = [];
    for (const index of indexes) {
      const word = index >> 5;
      while (words.length <= word) words.push(0);
      words[word]! |= 1 << (index & 31);
    }
    this.#words = words;
  }

  meets(other: ViewSet): boolean {
    return this.#words.some((word, n) => (word & (other.#words[n] ?? 0)) !== 0);
  }
}

interface CompiledView {
  readonly target: ViewTarget;
  readonly servers: ReadonlySet<string>;
  readonly shows: Readonly<
    Record<'tool' | 'prompt' | 'resource', (operation: Operation) => boolean>
  >;
}

/** Named subsets of an endpoint's items, decided by their names alone. */
export class ItemViews {
  readonly #views: readonly CompiledView[];
  readonly #serverOf: ServerOfItem;

  constructor(targets: readonly ViewTarget[], serverOf: ServerOfItem) {
    this.#views = targets.map(compile);
    this.#serverOf = serverOf;
  }

  /** Views that show every item which the operations use; undefined where they use none. */
  showing(operations: readonly Operation[]): ViewSet | undefined {
    const uses = operations.filter(({ method, name }) => kinds.has(method) && name !== undefined);
    if (uses.length === 0) return undefined;
    const owned = uses.map((operation) => ({
      operation,
      kind: kinds.get(operation.method)!,
      server: this.#serverOf(kinds.get(operation.method)!, operation.name!),
    }));
    return this.#indexes(({ servers, shows }) =>
      owned.every(
        ({ operation, kind, server }) =>
          (server !== undefined && servers.has(server)) || shows[kind](operation),
      ),
    );
  }

  /**
   * Views that may show items of a kind of this server, whatever their names are.
   * @param beginning of all of them
   */
  concerning(kind: ItemKind, server: string, beginning: string): ViewSet {
    return this.#indexes(({ servers, target }) => {
      const { tools, prompts, resources } = target;
      const patterns = kind === 'tool' ? tools : kind === 'prompt' ? prompts : resources;
      return servers.has(server) || patterns.some((pattern) => mayBegin(pattern, beginning));
    });
  }

  #indexes(holds: (view: CompiledView) => boolean): ViewSet {
    return new ViewSet(this.#views.flatMap((view, index) => (holds(view) ? [index] : [])));
  }
}

const setsOf = new WeakMap<readonly number[], ViewSet>();

/** Whether a view of each group is among `shown`. */
export function isSeen(sees: Sees, shown: ViewSet): boolean {
  return sees.every((group) => {
    let set = setsOf.get(group);
    if (set === undefined) setsOf.set(group, (set = new ViewSet(group)));
    return set.meets(shown);
  });
}

function compile(target: ViewTarget): CompiledView {
  const { servers, tools, prompts, resources } = target;
  const uris = uriPatterns(resources);
  return {
    target,
    servers: new Set(servers),
    shows: {
      tool: named(tools),
      prompt: named(prompts),
      // What could be meant for another resource is not shown by a pattern.
      resource: ({ uri }) =>
        uri !== undefined && !('unclear' in uri.reading) && uris.name(uri.reading),
    },
  };
}

function named(patterns: readonly string[]) {
  const tests = patterns.map(wildcard);
  return ({ name = '' }: Operation) => tests.some((test) => test(name));
}

/** Whether some name that begins so may match. */
function mayBegin(pattern: string, beginning: string): boolean {
  // URIs of apps have their server behind the scheme.
  const plain = pattern.replace(/^ui:\/\/(mcp\+[^/]*)\//i, '$1+').toLowerCase();
  const [head = '', ...rest] = plain.split('*');
  const wanted = beginning.toLowerCase();
  return head.startsWith(wanted) || (rest.length > 0 && wanted.startsWith(head));
}

import { wildcard } from '../../../../../lib/policy/pattern.js';
import type { OperationHead } from '../document/api-operation.js';
import { titleOf } from '../document/operation-heads.js';

/** Operations that all of these fit; patterns with `*` for any text. */
export interface Selector {
  readonly operation?: string | undefined;
  readonly tag?: string | undefined;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
}

export interface Annotations {
  readonly title?: string | undefined;
  readonly readOnly?: boolean | undefined;
  readonly destructive?: boolean | undefined;
  readonly idempotent?: boolean | undefined;
  readonly openWorld?: boolean | undefined;
}

/** What holds for one operation in place of what its document says. */
export interface OperationOverride {
  /** Its `operationId`, or `METHOD /path`. */
  readonly operation: string;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly annotations?: Annotations | undefined;
  /** Names of arguments that are not the caller's to give. */
  readonly fixed?: readonly string[] | undefined;
  readonly hide?: boolean | undefined;
}

export interface Selection {
  readonly include: readonly Selector[];
  readonly exclude: readonly Selector[];
  readonly overrides: readonly OperationOverride[];
}

const reading = new Set(['GET', 'HEAD']);

/** Decides which operations of a document become tools. */
export class Selecting {
  readonly #include: readonly ((head: OperationHead) => boolean)[];
  readonly #exclude: readonly ((head: OperationHead) => boolean)[];
  readonly #overrides: ReadonlyMap<string, OperationOverride>;

  constructor({ include, exclude, overrides }: Selection) {
    this.#include = include.map((selector) => {
      const fits = fitsSelector(selector);
      // Whoever asks for a tag does not thereby ask for what changes things.
      const names = selector.method !== undefined || selector.operation !== undefined;
      return (head) => fits(head) && (names || reading.has(head.method));
    });
    this.#exclude = exclude.map(fitsSelector);
    this.#overrides = new Map(overrides.map((one) => [one.operation, one]));
  }

  overrideOf(head: OperationHead): OperationOverride | undefined {
    return (
      this.#overrides.get(titleOf(head)) ??
      (head.id === undefined ? undefined : this.#overrides.get(head.id))
    );
  }

  /** Why an operation is none of the tools; undefined where it is one. */
  leftOut(head: OperationHead): string | undefined {
    if (head.hints.exclude) return 'x-kong-mcp-exclude';
    if (this.overrideOf(head)?.hide === true) return 'hidden by the configuration';
    if (this.#exclude.some((fits) => fits(head))) return 'excluded by the configuration';
    if (this.#include.length === 0) {
      return reading.has(head.method) ? undefined : `${head.method} is not included`;
    }
    return this.#include.some((fits) => fits(head)) ? undefined : 'not included';
  }
}

function fitsSelector({
  operation,
  tag,
  method,
  path,
}: Selector): (head: OperationHead) => boolean {
  const fitsId = operation === undefined ? undefined : wildcard(operation);
  const fitsTag = tag === undefined ? undefined : wildcard(tag);
  const fitsMethod = method === undefined ? undefined : wildcard(method.toUpperCase());
  const fitsPath = path === undefined ? undefined : wildcard(path);
  return (head) =>
    (fitsId === undefined || fitsId(head.id ?? '') || fitsId(titleOf(head))) &&
    (fitsTag === undefined || head.tags.some(fitsTag)) &&
    (fitsMethod === undefined || fitsMethod(head.method)) &&
    (fitsPath === undefined || fitsPath(head.path));
}

import { readableJson } from '../../../../lib/json/canonical.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { lintItem } from '../../../../lib/lint/lint-item.js';
import type { Finding, LintOptions } from '../../../../lib/lint/lint-item.js';
import { identifyItem } from '../items/identify-item.js';
import type { ItemKind } from '../items/item-kinds.js';
import type { Fingerprint } from './approved.js';
import { fingerprint } from './fingerprint.js';

/** What is looked for in the items of a list; plain data, as it goes to another thread. */
export interface InspectOptions {
  readonly fingerprints: boolean;
  /** Whether the definition is wanted as a text that people read. */
  readonly texts: boolean;
  /** Undefined where nothing is linted. */
  readonly lint: LintOptions | undefined;
}

export interface InspectedItem {
  /** The server's own name or URI. */
  readonly original: string;
  readonly fingerprint?: Fingerprint | undefined;
  readonly text?: string | undefined;
  readonly findings: readonly Finding[];
}

/** What lines of a definition are moved in by in a lockfile. */
export const definitionIndent = '      ';

/** Undefined for an item that nobody is shown, whatever is approved. */
export function inspectItem(
  kind: ItemKind,
  raw: RawJson,
  { fingerprints, texts, lint }: InspectOptions,
): InspectedItem | undefined {
  const identified = identifyItem(kind, raw);
  if ('reason' in identified) return undefined;
  const { original } = identified;
  return {
    original,
    fingerprint: fingerprints ? fingerprint(raw) : undefined,
    text: texts ? readableJson(raw, definitionIndent) : undefined,
    findings: lint === undefined ? [] : lintItem(raw, lint),
  };
}

/** Inspects items without holding up others; in their order. */
export type InspectItems = (
  kind: ItemKind,
  raws: readonly RawJson[],
  options: InspectOptions,
) => Promise<readonly (InspectedItem | undefined)[]>;

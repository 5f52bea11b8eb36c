import {
  PromptSchema,
  ResourceSchema,
  ResourceTemplateSchema,
  ToolSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { ItemKind } from './item-kinds.js';

/** Why clients would refuse an item, and the whole list with it. */
export interface FormFault {
  readonly reason: string;
  /** Whether clients without sessions (2026-07-28) take it all the same. */
  readonly legacyOnly: boolean;
}

/** What the official SDK's client checks lists with. */
const schemas = {
  tool: ToolSchema,
  prompt: PromptSchema,
  resource: ResourceSchema,
  template: ResourceTemplateSchema,
} as const;

const longestPlace = 100;

/**
 * Checks an item as clients do that are built on the official SDK: a client refuses a whole list for
 * one item of another form. Its bytes are read, and left as they are.
 * @param raw valid JSON
 * @returns undefined where its form is right
 */
export function formFault(kind: ItemKind, raw: RawJson): FormFault | undefined {
  const item = JSON.parse(raw.toString()) as Readonly<Record<string, unknown>>;
  const { error } = schemas[kind].safeParse(item);
  const [first] = error?.issues ?? [];
  if (error === undefined || first === undefined) return undefined;
  const place = first.path.map(String).join('.').slice(0, longestPlace);
  const reason = `${place}: ${first.message.replace(/^Invalid input: /, '')}`;
  return { reason, legacyOnly: isOfOutput(error.issues) && isObject(item['outputSchema']) };
}

/** Until 2025-11-25 an output schema is one of an object; from 2026-07-28 on it may be any. */
function isOfOutput(issues: readonly { readonly path: readonly PropertyKey[] }[]): boolean {
  return issues.every(({ path }) => path[0] === 'outputSchema');
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Faults by the place of the item among those given. */
export type FormFaults = ReadonlyMap<number, FormFault>;

/** Checks items, each of which is valid JSON, without holding up others. */
export type CheckForms = (kind: ItemKind, raws: readonly RawJson[]) => Promise<FormFaults>;

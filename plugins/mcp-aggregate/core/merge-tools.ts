import type { RawJson } from '../../../lib/json/types.js';
import { joinItems } from './policy-lists.js';
import type { PreparedTool } from './prepare-tools.js';

export interface ToolOwner<S> {
  readonly server: S;
  /** The name the server knows. */
  readonly original: string;
}

/** A name that an earlier server of the configuration already has. */
export interface Collision<S> {
  readonly server: S;
  readonly tool: string;
  readonly owner: S;
}

export interface MergedTools<S> {
  readonly tools: readonly PreparedTool[];
  /** The items of the `tools` array, comma-separated. */
  readonly items: RawJson;
  readonly owners: ReadonlyMap<string, ToolOwner<S>>;
  readonly collisions: readonly Collision<S>[];
}

/**
 * One list out of many: servers in the order given, tools in each server's order. A name belongs to
 * the first server that has it; the later item is refused (design D10).
 */
export function mergeTools<S>(
  lists: readonly { readonly server: S; readonly tools: readonly PreparedTool[] }[],
): MergedTools<S> {
  const owners = new Map<string, ToolOwner<S>>();
  const collisions: Collision<S>[] = [];
  const merged: PreparedTool[] = [];
  for (const { server, tools } of lists) {
    for (const tool of tools) {
      const owner = owners.get(tool.name);
      if (owner !== undefined) {
        collisions.push({ server, tool: tool.name, owner: owner.server });
        continue;
      }
      owners.set(tool.name, { server, original: tool.original });
      merged.push(tool);
    }
  }
  return { tools: merged, items: joinItems(merged), owners, collisions };
}

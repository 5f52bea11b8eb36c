import type { ItemKind } from '../items/item-kinds.js';

/** What is known of a definition: enough to see that another is not the same, and where. */
export interface Fingerprint {
  readonly digest: string;
  /** Short digests of its members, for saying which differ; empty where only the whole is known. */
  readonly parts: ReadonlyMap<string, string>;
}

export type ApprovedItems = ReadonlyMap<string, Fingerprint>;

/** What of a server has been approved, by whoever did. */
export interface Approved {
  /** What the server calls itself (`serverInfo.name`); undefined where that does not matter. */
  readonly server: string | undefined;
  /** Digest of its `instructions`; null where it has none, undefined where that is not known. */
  readonly instructions: string | null | undefined;
  /** By the server's own names; undefined where nothing is known of a kind. */
  readonly items: Readonly<Record<ItemKind, ApprovedItems | undefined>>;
}

export const nothingApproved: Approved = {
  server: undefined,
  instructions: undefined,
  items: { tool: undefined, prompt: undefined, resource: undefined, template: undefined },
};

/** Whether all that the one approves is approved by the other as it is. */
export function includes(after: Approved, before: Approved, kinds: readonly ItemKind[]): boolean {
  if (before.server !== undefined && after.server !== before.server) return false;
  return kinds.every((kind) => {
    const now = after.items[kind];
    return [...(before.items[kind] ?? [])].every(
      ([name, { digest }]) => now?.get(name)?.digest === digest,
    );
  });
}

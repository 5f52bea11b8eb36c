import type { ServerCapabilities } from '@modelcontextprotocol/sdk/types.js';
import type { ItemKind } from '../../../../lib/policy/operation.js';
import { methods } from '../../../../lib/protocol/methods.js';

export type { ItemKind };

export type ListMethod = (typeof methods)[
  'listTools' | 'listPrompts' | 'listResources' | 'listTemplates'];

export interface ItemKindFacts {
  readonly list: ListMethod;
  /** Member of the list's result that holds the items. */
  readonly member: 'tools' | 'prompts' | 'resources' | 'resourceTemplates';
  /** Member of an item by which it is asked for. */
  readonly key: 'name' | 'uri' | 'uriTemplate';
  /** The server capability it belongs to. */
  readonly capability: keyof ServerCapabilities & ('tools' | 'prompts' | 'resources');
  /** The notification that says that the list has changed. */
  readonly changed: string;
}

export const itemKinds: Readonly<Record<ItemKind, ItemKindFacts>> = {
  tool: {
    list: methods.listTools,
    member: 'tools',
    key: 'name',
    capability: 'tools',
    changed: methods.toolsChanged,
  },
  prompt: {
    list: methods.listPrompts,
    member: 'prompts',
    key: 'name',
    capability: 'prompts',
    changed: methods.promptsChanged,
  },
  resource: {
    list: methods.listResources,
    member: 'resources',
    key: 'uri',
    capability: 'resources',
    changed: methods.resourcesChanged,
  },
  template: {
    list: methods.listTemplates,
    member: 'resourceTemplates',
    key: 'uriTemplate',
    capability: 'resources',
    changed: methods.resourcesChanged,
  },
};

/** Stands among a server's capabilities where it can be subscribed to for changed resources. */
export const subscribing = 'resources.subscribe';

export const allKinds = Object.keys(itemKinds) as readonly ItemKind[];

/** One value for each kind. */
export function perKind<T>(make: (kind: ItemKind) => T): Readonly<Record<ItemKind, T>> {
  return {
    tool: make('tool'),
    prompt: make('prompt'),
    resource: make('resource'),
    template: make('template'),
  };
}

/** Which kind of items a list method lists. */
export const kindOfList: ReadonlyMap<string, ItemKind> = new Map(
  allKinds.map((kind) => [itemKinds[kind].list, kind]),
);

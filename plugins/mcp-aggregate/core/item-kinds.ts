import type { ItemKind } from '../../../lib/policy/operation.js';

export type { ItemKind };

export type ListMethod =
  'tools/list' | 'prompts/list' | 'resources/list' | 'resources/templates/list';

export interface ItemKindFacts {
  readonly list: ListMethod;
  /** Member of the list's result that holds the items. */
  readonly member: 'tools' | 'prompts' | 'resources' | 'resourceTemplates';
  /** Member of an item by which it is asked for. */
  readonly key: 'name' | 'uri' | 'uriTemplate';
  /** The server capability it belongs to. */
  readonly capability: 'tools' | 'prompts' | 'resources';
  /** The notification that says that the list has changed. */
  readonly changed: string;
}

export const itemKinds: Readonly<Record<ItemKind, ItemKindFacts>> = {
  tool: {
    list: 'tools/list',
    member: 'tools',
    key: 'name',
    capability: 'tools',
    changed: 'notifications/tools/list_changed',
  },
  prompt: {
    list: 'prompts/list',
    member: 'prompts',
    key: 'name',
    capability: 'prompts',
    changed: 'notifications/prompts/list_changed',
  },
  resource: {
    list: 'resources/list',
    member: 'resources',
    key: 'uri',
    capability: 'resources',
    changed: 'notifications/resources/list_changed',
  },
  template: {
    list: 'resources/templates/list',
    member: 'resourceTemplates',
    key: 'uriTemplate',
    capability: 'resources',
    changed: 'notifications/resources/list_changed',
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

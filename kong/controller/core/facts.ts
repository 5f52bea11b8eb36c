import { finalizer } from '../../../schema/kubernetes/group.js';
import type { Assembled } from './gateway/assemble.js';
import type { Selection } from './gateway/select-servers.js';
import type { KongDocument } from './kong-document.js';
import type { McpGateway, McpServer } from './resources.js';
import type { Index } from './resolve/snapshot-index.js';
import type { Settings, Snapshot } from './snapshot.js';

/** A gateway, what it selects and what it is to serve. */
export interface Decided {
  readonly selection: Selection;
  readonly assembled: Assembled;
}

/** What a plan is made of. */
export interface Facts {
  readonly snapshot: Snapshot;
  readonly settings: Settings;
  readonly index: Index;
  readonly servers: readonly McpServer[];
  readonly gateways: readonly McpGateway[];
  readonly decided: readonly Decided[];
  readonly document: KongDocument | undefined;
}

/** Served from when it is held until it is to go. */
export function isHeld({ metadata }: McpGateway): boolean {
  return (
    metadata.deletionTimestamp === undefined && metadata.finalizers?.includes(finalizer) === true
  );
}

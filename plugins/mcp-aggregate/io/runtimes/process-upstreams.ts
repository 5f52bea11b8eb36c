import { siblings } from '../../../../lib/workers/siblings.js';
import type { ServerConfig } from '../../config/config.js';
import { createUpstream } from '../../upstream/create-upstream.js';
import { NodeLists } from '../../upstream/lists/node-lists.js';
import { UpstreamRegistry } from '../../upstream/registry.js';
import type { Lease } from '../../upstream/registry.js';
import { SharedChildren } from '../../upstream/stdio/shared/shared-children.js';
import type { UpstreamDeps } from '../../upstream/upstream-deps.js';
import { readStdioEntry } from '../stdio-file.js';

const children = new SharedChildren(siblings());
const lists = new NodeLists(siblings());

const deps: UpstreamDeps = {
  children,
  lists,
  stdioEntry: (field, name) => readStdioEntry(field, name, process.env),
  env: process.env,
};

/** The upstreams of this process: its environment, and its operator's stdio file. */
export const upstreams = new UpstreamRegistry((server) => createUpstream(server, deps));

/**
 * The upstream of this server, shared within the process.
 * @throws ConfigError as `createUpstream`
 */
export function acquire(server: ServerConfig): Lease {
  return upstreams.acquire(server);
}

/** Shares with the other workers of the node what this one runs and fetches for all. */
export function serveSiblings(): void {
  children.serve(acquire);
  lists.serve(acquire);
}

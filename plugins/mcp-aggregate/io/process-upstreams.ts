import { siblings } from '../../../lib/workers/siblings.js';
import type { ServerConfig } from '../config/config.js';
import { createUpstream } from '../upstream/create-upstream.js';
import { UpstreamRegistry } from '../upstream/registry.js';
import type { Lease } from '../upstream/registry.js';
import { SharedChildren } from '../upstream/stdio/shared/shared-children.js';
import type { UpstreamDeps } from '../upstream/upstream-deps.js';
import { readStdioEntry } from './stdio-file.js';

const children = new SharedChildren(siblings());

const deps: UpstreamDeps = {
  children,
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

/** Lets the other workers of the node in to the children of this one. */
export function serveChildren(): void {
  children.serve(acquire);
}

import type { ServerCapabilities } from '@modelcontextprotocol/sdk/types.js';
import { subscribing } from '../items/item-kinds.js';
import type { Served } from '../items/served.js';

type Capabilities = Readonly<Record<string, Readonly<Record<string, boolean>>>>;

/** Capabilities of servers that this endpoint carries, and what it says of each. */
const carried = {
  logging: {},
  completions: {},
  prompts: { listChanged: true },
  resources: { listChanged: true },
  tools: { listChanged: true },
} satisfies Capabilities & Pick<ServerCapabilities, keyof ServerCapabilities>;

/**
 * What the servers offer together. A server that has not answered yet may have anything: a client is
 * never told of a capability later, and until then its lists say which server is missing.
 */
export function serverCapabilities(servers: readonly Served[]): Capabilities {
  const offers = servers.map(({ catalogues }) => catalogues.tool);
  const has = (name: string) => offers.some(({ offered }) => offered?.has(name) ?? true);
  const showsTools = offers.some(({ prepared }) => prepared.items.length > 0);
  const shown = Object.fromEntries(
    Object.entries(carried).filter(([name]) => has(name) || (name === 'tools' && showsTools)),
  );
  if (!has(subscribing)) return shown;
  return { ...shown, resources: { ...carried.resources, subscribe: true } };
}

import type { Served } from './served.js';

/** Capabilities of servers that this endpoint carries, and what it says of each. */
const carried = {
  logging: {},
  completions: {},
  prompts: { listChanged: true },
  resources: { listChanged: true },
  tools: { listChanged: true },
} as const;

/**
 * What the servers offer together. A server that has not answered yet may have anything: a client is
 * never told of a capability later, and until then its lists say which server is missing.
 */
export function serverCapabilities(servers: readonly Served[]): Partial<typeof carried> {
  const offers = servers.map(({ catalogues }) => catalogues.tool);
  const shown = Object.entries(carried).filter(([name]) =>
    offers.some(
      ({ offered, prepared }) =>
        (offered?.has(name) ?? true) || (name === 'tools' && prepared.items.length > 0),
    ),
  );
  return Object.fromEntries(shown);
}

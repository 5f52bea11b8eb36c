import { sealingKeys } from '../../lib/handles/sealing-keys.js';
import { metrics } from '../../lib/metrics/registry.js';
import { version } from '../../lib/version.js';
import { named } from '../../schema/fields.js';
import { aggregateFields, aggregateSchema } from '../../schema/mcp-aggregate.js';
import { Aggregator } from './endpoint/aggregator.js';
import { systemClock } from './io/clock.js';
import { readPeerAddress } from './io/peer-address.js';
import { acquire, serveSiblings, upstreams } from './io/runtimes/process-upstreams.js';
import { refuseRetired } from './io/retired-variables.js';
import type { DetailsAsked } from './io/operations/tool-details.js';
import { pluginOn } from './plugin.js';
import { largeJson } from './upstream/large/large-json.js';

const aggregator = new Aggregator({
  acquire,
  clock: systemClock,
  closeUpstreams: async () => {
    await upstreams.closeAll();
    await largeJson.close();
  },
  sealingKeys,
  peer: (workers, keys) => readPeerAddress(process.env, workers, keys),
});

export const Plugin = pluginOn(aggregator);
export const Name = 'mcp-aggregate';
export const Version = version;
/** After mcp-oauth, before acl and rate-limiting, which act on what it says of the request. */
export const Priority = 1010;
export const Schema = named(aggregateFields);
/** The whole schema for Kong, plugin-level fields included. */
export const KongSchema = aggregateSchema;

/**
 * Resolves once the aggregator accepts; the plugin server waits for it before it accepts.
 * @throws ConfigError for variables of the environment that cannot be followed
 */
export async function ready(): Promise<void> {
  refuseRetired(process.env);
  serveSiblings();
  await aggregator.start();
  metrics.onScrape(() => aggregator.operations.collect());
}

/** For the operations listener. */
export function status(): object {
  return aggregator.operations.status();
}

/** Tools of one server in full, for `/status/tools`. */
export function details(asked: DetailsAsked): Promise<object | undefined> {
  return aggregator.operations.details(asked);
}

export { mergeStatus } from './io/operations/merge-status.js';

/** What readiness waits for. */
export function missing(): readonly string[] {
  return aggregator.operations.missing();
}

/** Lets streams end within a bound, then closes everything. */
export function shutdown(): Promise<void> {
  return aggregator.stop();
}

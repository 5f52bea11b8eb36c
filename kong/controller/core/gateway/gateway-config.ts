import type { McpGateway, Members } from '../resources.js';
import { isMembers } from '../members.js';
import { checkPlugin } from '../resolve/check-config.js';
import { done, failed } from '../resolve/problem.js';
import type { Outcome } from '../resolve/problem.js';
import { fillValues } from '../resolve/secret-values.js';
import type { Index } from '../resolve/snapshot-index.js';
import type { GatewayConfig } from './last-good.js';

/** Configuration of both plugins as the gateway itself says it, without servers. */
export function gatewayConfig(gateway: McpGateway, index: Index): Outcome<GatewayConfig> {
  const { aggregate = {}, oauth, valuesFrom = [] } = gateway.spec;
  const given: Members = { aggregate, ...(oauth === undefined ? {} : { oauth }) };
  const filled = fillValues(given, valuesFrom, gateway.metadata.namespace, index);
  if (!filled.ok) return filled;
  const { config, madeOf } = filled.value;
  const own = isMembers(config['oauth']) ? config['oauth'] : undefined;
  const problem = own && checkPlugin('mcp-oauth', own);
  if (problem !== undefined) return failed(problem);
  return done({
    aggregate: isMembers(config['aggregate']) ? config['aggregate'] : {},
    oauth: own,
    secret: madeOf.length > 0,
    madeOf,
  });
}

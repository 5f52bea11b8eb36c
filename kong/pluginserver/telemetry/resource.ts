import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import type { Resource } from '@opentelemetry/resources';
import { version } from '../../../lib/version.js';

const instanceId = 'service.instance.id';

/**
 * What this process is; `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` have the last word.
 * @param worker its slot where there are several, or `primary`: each is an instance of its own, also
 *   where a variable gives all of them the same id
 */
export function resourceOf(worker: string | undefined): Resource {
  const own = resourceFromAttributes({
    'service.name': 'kong-plugin-mcp',
    'service.version': version,
    [instanceId]: randomUUID(),
    'host.name': hostname(),
    'process.pid': process.pid,
    ...(worker === undefined ? {} : { 'kong_mcp.worker': worker }),
  });
  const said = detectResources({ detectors: [envDetector] });
  const all = defaultResource().merge(own).merge(said);
  const id = said.attributes[instanceId];
  if (worker === undefined || typeof id !== 'string') return all;
  return all.merge(resourceFromAttributes({ [instanceId]: `${id}-${worker}` }));
}

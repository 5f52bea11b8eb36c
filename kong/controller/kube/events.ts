import { log } from '../../../lib/log.js';
import { apiVersion } from '../../../schema/kubernetes/group.js';
import type { KubeObject } from '../core/resources.js';
import type { EventText } from '../core/status/conditions.js';
import type { KubeClient } from './client.js';

export interface EventOf {
  readonly kind: 'MCPServer' | 'MCPGateway';
  readonly object: KubeObject;
  readonly event: EventText;
}

/** Says what has changed to whoever runs `kubectl describe`; not being heard hinders nothing. */
export async function sendEvent(
  client: KubeClient,
  { kind, object, event }: EventOf,
): Promise<void> {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  const now = new Date().toISOString();
  const body = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace, generateName: `${name.slice(0, 200)}.` },
    involvedObject: { apiVersion, kind, namespace, name, uid, resourceVersion },
    type: event.type,
    reason: event.reason,
    message: event.message.slice(0, 1024),
    source: { component: 'kong-mcp-controller' },
    reportingComponent: 'kong-mcp-controller',
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
  try {
    await client.send({ method: 'POST', path: `/api/v1/namespaces/${namespace}/events`, body });
  } catch (error) {
    log('debug', 'event_not_taken', { reason: (error as Error).message.slice(0, 200) });
  }
}

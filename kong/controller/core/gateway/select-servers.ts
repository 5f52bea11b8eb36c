import { group } from '../../../../schema/kubernetes/group.js';
import { byAge, keyOf } from '../resources.js';
import type { LabelSelector, McpGateway, McpServer, ReferenceGrant } from '../resources.js';
import { isGranted } from '../resolve/grants.js';
import type { Reference } from '../resolve/grants.js';

/** What a gateway selects. */
export interface Selection {
  /** Older first. */
  readonly servers: readonly McpServer[];
  /** Selected, but of a namespace that does not consent: `namespace/name`. */
  readonly unpermitted: readonly McpServer[];
}

/** The reference of a gateway to a server, for which a grant may be needed. */
export function referenceTo(gateway: McpGateway, server: McpServer): Reference {
  const { namespace, name } = server.metadata;
  return {
    from: { kind: 'MCPGateway', namespace: gateway.metadata.namespace },
    to: { group, kind: 'MCPServer', namespace, name },
  };
}

/** Servers that this gateway serves, as far as selection and consent go. */
export function selectServers(
  gateway: McpGateway,
  servers: readonly McpServer[],
  grants: readonly ReferenceGrant[],
): Selection {
  const { selector = {}, namespaces = {} } = gateway.spec.servers ?? {};
  const home = gateway.metadata.namespace;
  const inReach = ({ metadata }: McpServer): boolean => {
    const { from = 'Same', names = [] } = namespaces;
    if (from === 'All') return true;
    return from === 'Same' ? metadata.namespace === home : names.includes(metadata.namespace);
  };
  const selected = servers
    .filter((server) => inReach(server) && fits(selector, server.metadata.labels ?? {}))
    .sort(byAge);
  const permitted = new Set(
    selected.filter((server) => isGranted(grants, referenceTo(gateway, server))).map(keyOf),
  );
  return {
    servers: selected.filter((server) => permitted.has(keyOf(server))),
    unpermitted: selected.filter((server) => !permitted.has(keyOf(server))),
  };
}

function fits(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const among = value !== undefined && values.includes(value);
      return operator === 'In' ? among : !among;
    })
  );
}

import type { Assembled } from '../gateway/assemble.js';
import type { Problem } from '../resolve/problem.js';
import type { GatewayStatus } from '../resources.js';
import type { SeenEndpoint } from '../snapshot.js';
import { dated, verdict } from './conditions.js';
import type { Verdict } from './conditions.js';

/** The status of an MCPGateway. */
export function gatewayStatus(
  { gateway, problem, verdicts, config }: Assembled,
  programmed: Verdict,
  seen: SeenEndpoint | undefined,
  routes: Problem | undefined,
  now: string,
): GatewayStatus {
  const unresolved = problem?.condition === 'ResolvedRefs' ? problem : routes;
  const accepted =
    problem?.condition === 'Accepted'
      ? verdict('Accepted', 'False', problem.reason, problem.message)
      : verdict('Accepted', 'True', 'Accepted', 'it is good');
  const resolved = unresolved
    ? verdict('ResolvedRefs', 'False', unresolved.reason, unresolved.message)
    : verdict('ResolvedRefs', 'True', 'ResolvedRefs', 'everything it refers to is there');
  const { generation } = gateway.metadata;
  const served = verdicts.filter((one) => one.served.length > 0).length;
  const tools = seen?.servers.reduce((sum, one) => sum + (one.tools?.count ?? 0), 0);
  const digest = config?.label.split('@').at(-1);
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: dated(
      [accepted, resolved, programmed, readyOf(programmed, seen, served)],
      gateway.status?.conditions ?? [],
      generation,
      now,
    ),
    servers: { selected: verdicts.length, served },
    ...(tools === undefined ? {} : { tools }),
    ...(digest === undefined ? {} : { configuration: digest }),
  };
}

function readyOf(programmed: Verdict, seen: SeenEndpoint | undefined, served: number): Verdict {
  // While a new configuration is on its way, the last goes on serving.
  if (programmed.status === 'False' || (programmed.status === 'Unknown' && seen === undefined)) {
    return { ...programmed, type: 'Ready' };
  }
  if (served === 0) {
    const message = 'it serves no server: select some that are good and enabled';
    return verdict('Ready', 'False', 'NoServers', message);
  }
  if (seen === undefined) {
    const message = 'no plugin server has had a call for it yet: send it one request';
    return verdict('Ready', 'Unknown', 'NotSeenYet', message);
  }
  if (seen.servers.length > 0 && seen.servers.every(({ working }) => !working)) {
    return verdict('Ready', 'False', 'ServersFailing', 'none of its servers works');
  }
  return verdict('Ready', 'True', 'Ready', 'it serves');
}

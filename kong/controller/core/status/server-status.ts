import type { ServerVerdict } from '../gateway/assemble.js';
import type { Problem } from '../resolve/problem.js';
import type { McpServer, ServerStatus } from '../resources.js';
import type { SeenEndpoint, SeenServer } from '../snapshot.js';
import { dated, verdict } from './conditions.js';
import type { Verdict } from './conditions.js';

/** What one gateway makes of a server. */
export interface AtGateway {
  readonly namespace: string;
  readonly name: string;
  readonly verdict: ServerVerdict;
  /** Whether Kong has every entry of it. */
  readonly written: boolean;
  /** Of the gateway. */
  readonly programmed: Verdict;
  /** Of the configuration that runs; undefined where none has been seen. */
  readonly seen: SeenEndpoint | undefined;
}

/** The status of an MCPServer. */
export function serverStatus(
  server: McpServer,
  at: readonly AtGateway[],
  unpermitted: Problem | undefined,
  now: string,
): ServerStatus {
  const problem = at.map((one) => one.verdict.problem).find(Boolean) ?? unpermitted;
  const accepted = acceptedOf(server, at, problem);
  const resolved = resolvedOf(problem);
  const programmed = programmedOf(server, at, accepted, problem);
  const seen = at.flatMap(seenOf);
  const ready = readyOf(server, programmed, seen, at, problem);
  const { generation } = server.metadata;
  const before = server.status ?? {};
  const served = at.filter((one) => one.verdict.served.length > 0);
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: dated(
      [accepted, resolved, programmed, ready],
      before.conditions ?? [],
      generation,
      now,
    ),
    ...(served.length > 0
      ? { gateways: served.map(({ namespace, name }) => ({ namespace, name })) }
      : {}),
    ...(served.length > 0 ? seenMembers(server, seen, before, ready, now) : {}),
  };
}

function acceptedOf(
  server: McpServer,
  at: readonly AtGateway[],
  problem: Problem | undefined,
): Verdict {
  if (at.length === 0 && problem === undefined) {
    const message = 'no MCPGateway selects it: give it labels that one selects, or make one';
    return verdict('Accepted', 'False', 'NotSelected', message);
  }
  if (problem?.condition === 'Accepted') {
    return verdict('Accepted', 'False', problem.reason, problem.message);
  }
  const message = server.spec.enabled === false ? 'it is good, and not enabled' : 'it is good';
  return verdict('Accepted', 'True', 'Accepted', message);
}

function resolvedOf(problem: Problem | undefined): Verdict {
  return problem?.condition === 'ResolvedRefs'
    ? verdict('ResolvedRefs', 'False', problem.reason, problem.message)
    : verdict('ResolvedRefs', 'True', 'ResolvedRefs', 'everything it refers to is there');
}

const lastGood = 'what was good last is served';

function programmedOf(
  { spec }: McpServer,
  at: readonly AtGateway[],
  accepted: Verdict,
  problem: Problem | undefined,
): Verdict {
  if (spec.enabled === false) {
    return verdict('Programmed', 'False', 'Disabled', 'enabled is false: its tools are not served');
  }
  if (at.length === 0) return { ...accepted, type: 'Programmed', status: 'False' };
  const served = at.filter((one) => one.verdict.served.length > 0);
  if (served.length === 0) {
    const message = 'it is not served: see the conditions that are False';
    if (problem !== undefined) return verdict('Programmed', 'False', 'NotServed', message);
    return verdict('Programmed', 'Unknown', 'Pending', 'it is about to be served');
  }
  const refused = served.find((one) => one.programmed.status === 'False');
  if (refused !== undefined && !refused.written) return refused.programmed;
  if (served.some(({ written }) => !written)) {
    return verdict('Programmed', 'Unknown', 'Pending', 'its configuration is on its way to Kong');
  }
  return problem === undefined
    ? verdict('Programmed', 'True', 'Programmed', 'Kong has its configuration')
    : verdict('Programmed', 'True', 'LastGood', `${lastGood}: see the conditions that are False`);
}

/** What is seen of its entries at one gateway. */
function seenOf({ verdict: { served }, seen }: AtGateway): readonly SeenServer[] {
  const names = new Set(served.map(({ name }) => name));
  return seen?.servers.filter(({ name }) => names.has(name)) ?? [];
}

function readyOf(
  { spec }: McpServer,
  programmed: Verdict,
  seen: readonly SeenServer[],
  at: readonly AtGateway[],
  problem: Problem | undefined,
): Verdict {
  if (spec.enabled === false || programmed.status !== 'True') {
    const why = problem && programmed.status === 'False' ? problem : programmed;
    return verdict('Ready', programmed.status, why.reason, why.message);
  }
  const wanted = at.reduce((sum, one) => sum + one.verdict.served.length, 0);
  const failing = seen.find(({ working }) => !working);
  if (failing !== undefined) {
    const message = `server ${failing.name} does not work: ${failing.lastError ?? 'no reason was said'}`;
    return verdict('Ready', 'False', 'ServerFailing', message);
  }
  if (seen.length < wanted) {
    const message = 'no plugin server has had a call for it yet: send its endpoint one request';
    return verdict('Ready', 'Unknown', 'NotSeenYet', message);
  }
  const message = problem === undefined ? 'it works' : `it works; ${lastGood}`;
  return verdict('Ready', 'True', problem === undefined ? 'Ready' : 'LastGood', message);
}

function seenMembers(
  server: McpServer,
  seen: readonly SeenServer[],
  before: ServerStatus,
  ready: Verdict,
  now: string,
): Partial<ServerStatus> {
  const first = seen[0];
  if (first === undefined) return {};
  const tools = toolsOf(seen);
  const said = first.said ?? {};
  const own = {
    ...(said.name === undefined ? {} : { name: said.name }),
    ...(said.version === undefined ? {} : { version: said.version }),
  };
  const era = server.spec['openapi'] === undefined ? eraOf(first) : 'rest';
  const failing = seen.find(({ lastError }) => lastError !== undefined);
  const wasReady = before.conditions?.some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );
  const lastSeen = wasReady === true ? now : before.lastSeen;
  return {
    ...(tools === undefined ? {} : { tools }),
    ...(Object.keys(own).length === 0 ? {} : { server: own }),
    ...(said.revision === undefined ? {} : { protocolVersion: said.revision }),
    ...(era === undefined ? {} : { era }),
    ...(failing?.lastError === undefined ? {} : { lastError: failing.lastError.slice(0, 1024) }),
    ...(ready.status === 'False' && lastSeen !== undefined ? { lastSeen } : {}),
  };
}

const mostNames = 64;

/** Of several entries, or of one entry at several gateways, that of each name once. */
function toolsOf(seen: readonly SeenServer[]): ServerStatus['tools'] {
  const byName = new Map(seen.flatMap((one) => (one.tools ? [[one.name, one.tools]] : [])));
  const all = [...byName.values()];
  if (all.length === 0) return undefined;
  return {
    count: all.reduce((sum, { count }) => sum + count, 0),
    names: all.flatMap(({ names }) => names.slice(0, mostNames)),
    digest: all.map(({ digest }) => digest).join('-'),
  };
}

function eraOf({ eras }: SeenServer): string | undefined {
  const spoken = [...(eras.legacy ? ['legacy'] : []), ...(eras.modern ? ['modern'] : [])];
  return spoken.length === 0 ? undefined : spoken.join('+');
}

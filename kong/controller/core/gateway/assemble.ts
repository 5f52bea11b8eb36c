import { configHash } from '../../../../lib/config/config-hash.js';
import { finalizer } from '../../../../schema/kubernetes/group.js';
import { keyOf } from '../resources.js';
import type { McpGateway, McpServer, Members } from '../resources.js';
import { checkPlugin } from '../resolve/check-config.js';
import { done } from '../resolve/problem.js';
import type { Outcome, Problem } from '../resolve/problem.js';
import type { Candidate } from '../resolve/resolve-server.js';
import { allThere } from '../resolve/snapshot-index.js';
import type { Index } from '../resolve/snapshot-index.js';
import { conflictOf } from './conflicts.js';
import { gatewayConfig } from './gateway-config.js';
import type { GatewayConfig, LastGood } from './last-good.js';

/** What has become of one selected server at one gateway. */
export interface ServerVerdict {
  readonly server: McpServer;
  readonly problem?: Problem | undefined;
  /** What is served of it, be it what was good last. */
  readonly served: readonly Candidate[];
}

/** Everything that a gateway is to serve. */
export interface Assembled {
  readonly gateway: McpGateway;
  readonly problem?: Problem | undefined;
  readonly verdicts: readonly ServerVerdict[];
  /** Absent where there has never been anything good. */
  readonly config?: Served | undefined;
}

export interface Served {
  readonly aggregate: Members;
  readonly oauth?: Members | undefined;
  readonly secret: boolean;
  /** `namespace/name@digest`: by it the configuration is found in `/status`. */
  readonly label: string;
  readonly state: LastGood;
}

/** Stands for no server at all, which Kong's schema does not take. */
const nobody = { name: 'none', url: 'http://127.0.0.1:9/', enabled: false };

/** Puts a gateway together, with what was good last in place of what is not good now. */
export function assemble(
  gateway: McpGateway,
  servers: readonly McpServer[],
  resolved: ReadonlyMap<string, Outcome<readonly Candidate[]>>,
  last: LastGood,
  index: Index,
): Assembled {
  const own = gatewayConfig(gateway, index);
  const before = last.config && allThere(last.config.madeOf, index) ? last.config : undefined;
  const mayOverlap = gateway.spec.aggregate?.['allow_overlapping_prefixes'] === true;
  const verdicts = judge(servers, resolved, last, index, mayOverlap);
  const accepted = verdicts.flatMap(({ served }) => served);
  if (!own.ok) {
    const config = before && finished(gateway, before, accepted);
    return { gateway, problem: own.problem, verdicts, config };
  }
  const config = finished(gateway, own.value, accepted);
  const problem = checkPlugin('mcp-aggregate', config.aggregate);
  if (problem === undefined) return { gateway, verdicts, config };
  return { gateway, problem, verdicts, config: before && finished(gateway, before, accepted) };
}

/** Those that go on with the names that they have come first, then the older before the younger. */
function judge(
  servers: readonly McpServer[],
  resolved: ReadonlyMap<string, Outcome<readonly Candidate[]>>,
  last: LastGood,
  index: Index,
  mayOverlap: boolean,
): readonly ServerVerdict[] {
  const accepted: Candidate[] = [];
  const verdicts = new Map<McpServer, ServerVerdict>();
  const judged = servers.map((server) => claimOf(server, resolved.get(keyOf(server))!, last));
  const inTurn = [...judged].sort((a, b) => Number(b.incumbent) - Number(a.incumbent));
  for (const { server, outcome, old } of inTurn) {
    const fresh = outcome.ok ? outcome.value : [];
    const problem = outcome.ok ? firstConflict(accepted, fresh, mayOverlap) : outcome.problem;
    const good = old.filter(({ madeOf }) => allThere(madeOf, index));
    const wanted = problem === undefined ? fresh : good;
    const fits = problem === undefined || !firstConflict(accepted, wanted, mayOverlap);
    const served = fits ? wanted : [];
    accepted.push(...served);
    verdicts.set(server, { server, problem, served });
  }
  return servers.map((server) => verdicts.get(server)!);
}

interface Claim {
  readonly server: McpServer;
  readonly outcome: Outcome<readonly Candidate[]>;
  /** What was good last. */
  readonly old: readonly Candidate[];
  /** Whether it keeps the names and prefixes that it has. */
  readonly incumbent: boolean;
}

function claimOf(server: McpServer, outcome: Outcome<readonly Candidate[]>, last: LastGood): Claim {
  // What is served has to be held, or it could vanish unseen.
  const held = server.metadata.finalizers?.includes(finalizer) === true;
  if (!held || server.spec.enabled === false || server.metadata.deletionTimestamp !== undefined) {
    return { server, outcome: done([]), old: [], incumbent: false };
  }
  const old = last.servers.filter(({ owner }) => owner === server.metadata.uid);
  const names = ({ name, config }: Candidate) => `${name} ${String(config['prefix'])}`;
  const known = new Set(old.map(names));
  const incumbent = outcome.ok && outcome.value.every((one) => known.has(names(one)));
  return { server, outcome, old, incumbent };
}

function firstConflict(
  accepted: readonly Candidate[],
  candidates: readonly Candidate[],
  mayOverlap: boolean,
): Problem | undefined {
  const all = [...accepted];
  for (const candidate of candidates) {
    const conflict = conflictOf(all, candidate, mayOverlap);
    if (conflict !== undefined) return conflict;
    all.push(candidate);
  }
  return undefined;
}

function finished(
  gateway: McpGateway,
  config: GatewayConfig,
  servers: readonly Candidate[],
): Served {
  const entries = servers.length === 0 ? [nobody] : servers.map((one) => one.config);
  const aggregate = { ...config.aggregate, servers: entries };
  const digest = configHash({ aggregate, oauth: config.oauth ?? null }).slice(0, 12);
  const label = `${keyOf(gateway)}@${digest}`;
  return {
    aggregate: { ...aggregate, label },
    oauth: config.oauth,
    secret: config.secret || servers.some(({ secret }) => secret),
    label,
    state: { config, servers },
  };
}

import { until } from '../../test/support/readiness.js';
import { runFlawless, runLoad } from '../load/generator.js';
import type { LoadPlan, LoadReport, LoadTarget } from '../load/generator.js';
import { startBenchServers, toolCall, toolList } from '../load/servers.js';
import { RunningGateway } from './contract.js';
import type { GatewayKind } from './gateways.js';
import type { Cell, Method } from './results.js';

export interface Shape {
  readonly servers: number;
  /** Of each server. */
  readonly tools: number;
}

export interface Wanted {
  readonly method: Method;
  readonly connections: number;
}

export interface MeasureOptions {
  readonly seconds: number;
  readonly warmSeconds: number;
  readonly rounds: number;
}

export interface Measured {
  readonly startMs: number;
  readonly idleRssBytes: number;
  readonly cells: readonly Cell[];
}

/** As long as clients of the official SDKs wait, in seconds. */
const timeoutSeconds = 60;

/** How long a gateway may take until it answers right, in milliseconds. */
const patienceMs = 90_000;

/** Behind a plain route there is one server; behind all others every one is asked in turn. */
export async function measureGateway(
  kind: GatewayKind,
  shape: Shape,
  wanted: readonly Wanted[],
  options: MeasureOptions,
): Promise<Measured> {
  const backends = await startBenchServers({ ...shape, sessions: true });
  let gateway: RunningGateway | undefined;
  try {
    const begun = performance.now();
    gateway = await RunningGateway.start(kind, backends.urls);
    const targets = await targetsOf(kind, gateway, shape);
    const idle = await untilRight(gateway, targets);
    const startMs = performance.now() - begun;
    const watch = { gateway: await gateway.pids() };
    for (const target of Object.values(targets)) await warmUp(target, options);
    const cells: Cell[] = [];
    for (const each of wanted) {
      // Its row is lost; more of what it cannot do would only take time.
      if (cells.some((cell) => cell.method === each.method && isBad(cell))) continue;
      const target = targets[each.method];
      if (target)
        cells.push({ ...shape, ...each, ...(await rounds(target, each, watch, options)) });
    }
    return { startMs, idleRssBytes: idle, cells };
  } finally {
    gateway?.stop();
    await backends.close();
  }
}

function isBad({ failed, reports }: Cell): boolean {
  return failed !== undefined || reports.some(({ wrong, lost }) => wrong + lost > 0);
}

/** Whether most requests took longer than a round is to take, which lasts until its last answer. */
export function isSlow(
  { requests, p50Ms }: Pick<LoadReport, 'requests' | 'p50Ms'>,
  seconds: number,
): boolean {
  return requests === 0 || p50Ms > seconds * 1000;
}

type Targets = Readonly<Partial<Record<Method, LoadTarget>>> & {
  readonly 'tools/call': LoadTarget;
};

async function targetsOf(
  kind: GatewayKind,
  gateway: RunningGateway,
  { servers, tools }: Shape,
): Promise<Targets> {
  const { url, headers, tool: pattern } = await gateway.describe();
  const callTo = (server: number) => {
    const tool = `tool_${tools - 1}`;
    const name = pattern.replace('{server}', String(server)).replace('{tool}', String(tools - 1));
    return toolCall(name, { server, tool });
  };
  const plain = kind.plain ?? false;
  const base = { url, headers, session: !plain };
  const asked = Array.from({ length: plain ? 1 : servers }, (_, server) => callTo(server));
  const call = { ...base, requests: asked };
  if (plain) return { 'tools/call': call };
  return { 'tools/call': call, 'tools/list': { ...base, requests: [toolList(servers * tools)] } };
}

/** Until it answers a list and calls of all servers right. @returns bytes of memory then */
async function untilRight(gateway: RunningGateway, targets: Targets): Promise<number> {
  const watch = { gateway: await gateway.pids() };
  const right = async (): Promise<LoadReport> => {
    for (const target of [targets['tools/list'], targets['tools/call']]) {
      if (target) await tryOnce({ ...target, connections: target.requests.length, watch });
    }
    return tryOnce({ ...targets['tools/call'], connections: 1, watch });
  };
  const patience = { what: 'no right answers', timeoutMs: patienceMs, everyMs: 50 };
  try {
    return (await until(right, patience)).watched['gateway']?.rssBytes ?? 0;
  } catch (error) {
    const { message, cause } = error as Error;
    throw new Error(`${message}: ${String(cause)}\n${gateway.logText()}`, { cause: error });
  }
}

/** One request of each connection. */
function tryOnce(target: Omit<LoadPlan, 'seconds'>): Promise<LoadReport> {
  return runFlawless({ ...target, seconds: 0.001, timeoutSeconds: 20 });
}

/** Until code is compiled as it stays. What goes wrong here goes wrong again where it is counted. */
async function warmUp(target: LoadTarget, { warmSeconds }: MeasureOptions): Promise<void> {
  const plan = { ...target, connections: 16, seconds: warmSeconds, timeoutSeconds };
  await runLoad(plan).catch(() => undefined);
}

async function rounds(
  target: LoadTarget,
  { connections }: Wanted,
  watch: Readonly<Record<string, readonly number[]>>,
  { seconds, rounds: count }: MeasureOptions,
): Promise<Pick<Cell, 'reports' | 'failed'>> {
  const reports: LoadReport[] = [];
  try {
    for (let round = 0; round < count; round++) {
      const plan = { ...target, connections, warmSeconds: 1, seconds, timeoutSeconds, watch };
      const report = await runLoad(plan);
      reports.push(report);
      if (isSlow(report, seconds)) break;
    }
    return { reports };
  } catch (error) {
    return { reports, failed: (error as Error).message.slice(0, 300) };
  }
}

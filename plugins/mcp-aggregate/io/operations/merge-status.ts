type Known = Readonly<Record<string, unknown>>;

/** How bad a state of a server is; a worker that has had no use for it knows least. */
const states = ['idle', 'ready', 'connecting', 'failing'];

/**
 * What operators see of the endpoints of several workers: figures added up, of each server the worst
 * state that a worker sees, of each list the newest copy.
 */
export function mergeStatus(all: readonly object[]): object {
  const known = all as readonly Known[];
  return {
    ...known[0],
    streams_open: sum(known, 'streams_open'),
    asks_open: sum(known, 'asks_open'),
    peers: latestPeers(known),
    endpoints: grouped(known, 'endpoints', endpointKey).map(mergeEndpoint),
  };
}

/** What the worker says that has looked last. */
function latestPeers(known: readonly Known[]): readonly Known[] {
  const all = known.map(({ peers = [] }) => ({ peers: peers as readonly Known[] }));
  return grouped(all, 'peers', ({ node }) => String(node)).map((seen) =>
    seen.reduce((a, b) => (Number(b['seconds_ago']) < Number(a['seconds_ago']) ? b : a)),
  );
}

function endpointKey({ endpoint, plugin, configuration }: Known): string {
  return JSON.stringify([endpoint, plugin, configuration]);
}

function mergeEndpoint(all: readonly Known[]): Known {
  return {
    ...all[0],
    route: firstOf(all, 'route'),
    service: firstOf(all, 'service'),
    superseded: all.every(({ superseded }) => superseded === true),
    ready: all.every(({ ready }) => ready === true),
    requests_in_flight: sum(all, 'requests_in_flight'),
    callers_with_own_lists: sum(all, 'callers_with_own_lists'),
    views: firstOf(all, 'views'),
    servers: grouped(all, 'servers', ({ name }) => String(name)).map(mergeServer),
  };
}

function mergeServer(all: readonly Known[]): Known {
  const worst = all.reduce((a, b) => (rank(b) > rank(a) ? b : a));
  const lists = Object.keys(worst).filter((member) => isList(worst[member]));
  const eras = all.map(({ eras: of }) => of as Known);
  return {
    ...worst,
    open_tools: [...new Set(all.flatMap((each) => listOf(each, 'open_tools')))],
    said: firstOf(all, 'said'),
    eras: { legacy: firstOf(eras, 'legacy'), modern: firstOf(eras, 'modern') },
    pin: worstOf(all, 'pin', pinRank),
    lint: worstOf(all, 'lint', ({ findings }) => [Number(findings)]),
    latency_ms: largest(all.map(({ latency_ms: of }) => of as Known | null)),
    ...Object.fromEntries(lists.map((member) => [member, newest(all, member)])),
  };
}

function rank({ state, circuit }: Known): number {
  return states.indexOf(String(state)) * 2 + (circuit === 'closed' ? 0 : 1);
}

/** Lists are told with their age. */
function isList(value: unknown): value is Known {
  return typeof value === 'object' && value !== null && 'age_seconds' in value;
}

function newest(all: readonly Known[], member: string): Known | undefined {
  const copies = all.map((each) => each[member]).filter(isList);
  const age = ({ age_seconds: seconds }: Known): number =>
    typeof seconds === 'number' ? seconds : Infinity;
  return copies.reduce((a, b) => (age(b) < age(a) ? b : a));
}

/** What the worker says that ranks highest: by the first figure, among equals by the next. */
function worstOf(
  all: readonly Known[],
  member: string,
  rankOf: (one: Known) => readonly number[],
): unknown {
  const said = all.flatMap((each) => (each[member] ? [each[member] as Known] : []));
  const above = (a: Known, b: Known) => {
    const rankOfB = rankOf(b);
    return (
      rankOf(a)
        .map((figure, at) => figure - rankOfB[at]!)
        .find((by) => by !== 0) ?? 0
    );
  };
  return said.sort((a, b) => above(b, a))[0] ?? null;
}

/** The worst that is known of pinned definitions; a worker that has had no use for them knows least. */
function pinRank({ serves, problem, withheld, differing, approved }: Known): readonly number[] {
  const isWrong = [serves === false, problem !== null];
  return [...isWrong.map(Number), Number(withheld), allOf(differing), allOf(approved)];
}

function allOf(counts: unknown): number {
  return Object.values(counts as Known).reduce<number>((total, one) => total + Number(one), 0);
}

function largest(all: readonly (Known | null)[]): Known | null {
  const merged: Record<string, number> = {};
  for (const each of all) {
    for (const [quantile, value] of Object.entries(each ?? {})) {
      merged[quantile] = Math.max(merged[quantile] ?? 0, Number(value));
    }
  }
  return Object.keys(merged).length === 0 ? null : merged;
}

function listOf(of: Known, member: string): readonly unknown[] {
  const value = of[member];
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

function grouped(all: readonly Known[], member: string, keyOf: (one: Known) => string): Known[][] {
  const groups = new Map<string, Known[]>();
  for (const one of all.flatMap((each) => listOf(each, member)) as readonly Known[]) {
    const key = keyOf(one);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function sum(all: readonly Known[], member: string): number {
  return all.reduce((total, each) => total + Number(each[member] ?? 0), 0);
}

function firstOf(all: readonly Known[], member: string): unknown {
  return (
    all.map((each) => each[member]).find((value) => value !== undefined && value !== null) ?? null
  );
}

import type { CounterSeries } from '../../../../lib/metrics/counter.js';
import type { HistogramSeries } from '../../../../lib/metrics/histogram.js';
import type { AggregateConfig } from '../../config/config.js';
import { isKnownMethod } from '../../core/admit/methods.js';
import { isOwnTool } from '../../../../lib/protocol/own-tools.js';
import { clientRevisions } from '../../../../lib/protocol/revisions.js';
import type { ClientEra } from '../../core/admit/check-era.js';
import { clientRequests, guardRequests, refusals, requests, requestSeconds } from './figures.js';
import { Latency } from './latency.js';

/** What is counted together where a name is not known, or there are too many. */
const other = 'other';
/** Tools with series of their own. */
const mostTools = { ofServer: 500, ofProcess: 5_000 };
const bodiless = new Set(['http_get', 'http_delete']);

interface Counted {
  readonly count: CounterSeries;
  readonly time: HistogramSeries;
  readonly latency: Latency | undefined;
}

/**
 * The endpoints whose requests are counted. Configurations of one endpoint count together; what no
 * configuration names any more is forgotten.
 */
class CountedEndpoints {
  readonly #tallies = new Map<string, Set<Tally>>();
  /** Tools with series, by endpoint and server. */
  readonly #tools = new Map<string, Map<string, Set<string>>>();
  #toolCount = 0;

  enter(endpoint: string, tally: Tally): void {
    const tallies = this.#tallies.get(endpoint) ?? new Set();
    this.#tallies.set(endpoint, tallies.add(tally));
  }

  leave(endpoint: string, tally: Tally): void {
    const tallies = this.#tallies.get(endpoint);
    if (!tallies?.delete(tally)) return;
    if (tallies.size === 0) this.#tallies.delete(endpoint);
    const stays = (server: string) => [...tallies].some(({ servers }) => servers.has(server));
    const goes = ([of, , server = '']: readonly string[]) =>
      of === endpoint && (tallies.size === 0 || (server !== '' && !stays(server)));
    requests.series.drop(goes);
    requestSeconds.series.drop(goes);
    if (tallies.size === 0) {
      refusals.series.drop(([of]) => of === endpoint);
      guardRequests.series.drop(([of]) => of === endpoint);
      clientRequests.series.drop(([of]) => of === endpoint);
    }
    const tools = this.#tools.get(endpoint) ?? new Map<string, Set<string>>();
    for (const [server, names] of tools) {
      if (stays(server)) continue;
      tools.delete(server);
      this.#toolCount -= names.size;
    }
    if (tools.size === 0) this.#tools.delete(endpoint);
  }

  /** Whether a tool gets series of its own. */
  admits(endpoint: string, server: string, tool: string): boolean {
    const servers = this.#tools.get(endpoint) ?? new Map<string, Set<string>>();
    this.#tools.set(endpoint, servers);
    const names = servers.get(server) ?? new Set();
    servers.set(server, names);
    if (names.has(tool)) return true;
    if (names.size >= mostTools.ofServer || this.#toolCount >= mostTools.ofProcess) return false;
    names.add(tool);
    this.#toolCount += 1;
    return true;
  }
}

const counted = new CountedEndpoints();

/**
 * Counts the requests of one configuration. Labels are names that the configuration or a server's
 * list gives; all else is `other`, so that nobody makes series at will.
 */
export class Tally {
  readonly servers: ReadonlySet<string>;
  readonly #endpoint: string;
  /** Series by what a request says of itself. */
  readonly #known = new Map<string, Counted>();
  readonly #spoken = new Map<string, CounterSeries>();
  readonly #latencies: ReadonlyMap<string, Latency>;

  constructor({ endpoint, servers }: Pick<AggregateConfig, 'endpoint' | 'servers'>) {
    this.#endpoint = endpoint;
    this.servers = new Set(servers.map(({ name }) => name));
    this.#latencies = new Map(servers.map(({ name }) => [name, new Latency()]));
    counted.enter(endpoint, this);
  }

  /**
   * Counts a request that has ended: one look-up and a few additions.
   * @param tool a name that the server lists; empty where the request is about none
   * @param ms how long it took
   */
  record(method: string, server: string, tool: string, outcome: string, ms: number): void {
    const { count, time, latency } = this.#counted(method, server, tool, outcome);
    count.value += 1;
    time.observe(ms / 1000);
    latency?.add(ms);
  }

  /** Counts a call that Kong sends to its server itself: nobody here sees how it ends. */
  passed(method: string, server: string, tool: string): void {
    this.#counted(method, server, tool, 'direct').count.value += 1;
  }

  /** Counts a request by how its client speaks. */
  spoke({ modern, version = 'none' }: ClientEra): void {
    const era = modern ? 'modern' : 'legacy';
    const series = this.#spoken.get(`${era} ${version}`) ?? this.#speaking(era, version);
    series.value += 1;
  }

  /** Counts a request that ended in the access phase. */
  refused(code: string): void {
    refusals.series.get([this.#endpoint, code]).add();
  }

  latencyOf(server: string): Latency | undefined {
    return this.#latencies.get(server);
  }

  /** Nothing is counted for this configuration any more. */
  close(): void {
    counted.leave(this.#endpoint, this);
  }

  #speaking(era: string, version: string): CounterSeries {
    const isKnown = version === 'none' || clientRevisions.includes(version);
    const label = isKnown ? version : other;
    const series = clientRequests.series.get([this.#endpoint, era, label]);
    if (isKnown) this.#spoken.set(`${era} ${version}`, series);
    return series;
  }

  #counted(method: string, server: string, tool: string, outcome: string): Counted {
    const key = `${method}\n${server}\n${tool}\n${outcome}`;
    return this.#known.get(key) ?? this.#resolve(key, method, server, tool, outcome);
  }

  #resolve(key: string, method: string, server: string, tool: string, outcome: string): Counted {
    const endpoint = this.#endpoint;
    const known = isKnownMethod(method) || bodiless.has(method) ? method : other;
    const owner = this.servers.has(server) ? server : '';
    const isOwn = tool !== '' && owner !== '' && counted.admits(endpoint, owner, tool);
    const isGateways = server === '' && isOwnTool(tool);
    const name = isOwn || isGateways || tool === '' ? tool : other;
    const made = {
      count: requests.series.get([endpoint, known, owner, name, outcome]),
      time: requestSeconds.series.get([endpoint, known, owner]),
      latency: this.#latencies.get(owner),
    };
    if (known === method && owner === server && name === tool) this.#known.set(key, made);
    return made;
  }
}

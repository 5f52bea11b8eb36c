import { setMaxListeners } from 'node:events';
import type { KongAddress } from '../../apply/kong-address.js';
import { KongTarget } from '../address/kong-target.js';
import { decide } from '../core/decide.js';
import type { Plan } from '../core/decide.js';
import type { KongDocument } from '../core/kong-document.js';
import type { Settings, Snapshot } from '../core/snapshot.js';
import { KubeClient } from '../kube/client.js';
import type { Credentials } from '../kube/client.js';
import { LeaderLease } from '../kube/lease.js';
import type { LeaseOptions } from '../kube/lease.js';
import { pause } from '../kube/pause.js';
import { perform } from '../kube/perform.js';
import { OperationsPoll } from '../operations/poll.js';
import { Cluster } from './cluster.js';
import { ControllerFigures } from './figures.js';
import { Soon } from './soon.js';
import { WorkQueue } from './work-queue.js';

export interface ControllerOptions {
  readonly credentials: Credentials;
  readonly settings: Settings;
  /** Those watched; all where there is none. */
  readonly namespaces: readonly string[];
  /** Admin API of the Kong by address. */
  readonly kong?: KongAddress;
  /** Operations listeners of plugin servers. */
  readonly operations: readonly URL[];
  /** How often those are asked, in milliseconds. */
  readonly pollMs: number;
  /** Absent where this is the only controller. */
  readonly lease?: LeaseOptions;
}

/** How long changes are gathered before everything is decided anew, in milliseconds. */
const gatherMs = 60;
/** How long statuses wait for what Kong and the plugin servers say after a start. */
const patienceMs = 15_000;

/** Keeps Kong in step with the resources of a cluster, and says in their statuses how they do. */
export class Controller {
  readonly figures = new ControllerFigures();
  readonly #options: ControllerOptions;
  readonly #client: KubeClient;
  readonly #cluster: Cluster;
  readonly #queue: WorkQueue;
  readonly #poll: OperationsPoll;
  readonly #address: KongTarget | undefined;
  readonly #plan: Soon;
  readonly #stop = new AbortController();
  #leading = false;
  #lookedAt: number | undefined;
  readonly #startedAt = performance.now();
  #document: KongDocument | undefined;
  #wake = new AbortController();

  constructor(options: ControllerOptions) {
    this.#options = options;
    // Each watch listens, and each request.
    setMaxListeners(0, this.#stop.signal);
    this.#client = new KubeClient(options.credentials, (method) =>
      this.figures.requests.series.get([method]).add(),
    );
    this.#plan = new Soon(() => this.#decide(), gatherMs);
    const ask = () => this.#plan.ask();
    const { mode } = options.settings;
    this.#cluster = new Cluster(ask, mode === 'address' ? ['plugins', 'ingresses'] : []);
    this.#poll = new OperationsPoll(options.operations);
    this.#address =
      options.kong && new KongTarget(options.kong, options.settings.base !== undefined);
    this.#queue = new WorkQueue({
      perform: (action) => perform(this.#client, action, this.#cluster.took),
      onOutcome: (type, outcome) => this.figures.writes.series.get([type, outcome]).add(),
      onConflict: ask,
    });
    this.figures.registry.onScrape(() => this.#collect());
  }

  /** Whether it knows the cluster, and so could lead. */
  get ready(): boolean {
    return this.#cluster.synced;
  }

  get leading(): boolean {
    return this.#leading;
  }

  /** Works until `stop`. */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    const parts = [
      this.#cluster.run(this.#client, this.#options.namespaces, signal),
      this.#lead(signal),
      this.#look(signal),
      this.#serve(signal),
    ];
    await Promise.all(parts);
  }

  /** Ends what is under way, and lets another lead at once. */
  async stop(): Promise<void> {
    this.#plan.close();
    await this.#queue.close();
    this.#stop.abort();
    this.#wake.abort();
    this.#client.close();
  }

  async #lead(signal: AbortSignal): Promise<void> {
    const { lease } = this.#options;
    const change = (held: boolean): void => {
      this.#leading = held;
      this.#plan.ask();
      if (!held) this.#queue.replace([]);
    };
    if (lease === undefined) return change(true);
    await new LeaderLease(this.#client, lease).run(signal, change);
  }

  /** Asks the plugin servers again and again. */
  async #look(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#poll.look();
      this.#lookedAt ??= performance.now();
      this.#plan.ask();
      await pause(this.#options.pollMs, signal);
    }
  }

  /** Sends the newest document to the Kong by address, and sees that it stays there. */
  async #serve(signal: AbortSignal): Promise<void> {
    const address = this.#address;
    if (address === undefined) return;
    let failures = 0;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const document = this.#document;
      let waitMs = Math.min(this.#options.pollMs, 2_000);
      if (this.#leading && document !== undefined) {
        failures = (await this.#bringUp(address, document, signal)) ? 0 : failures + 1;
        if (failures > 0) waitMs = Math.min(10_000, 250 * 2 ** Math.min(failures, 6));
      }
      // Another document may have come meanwhile.
      if (this.#document !== document) continue;
      await pause(waitMs, AbortSignal.any([signal, this.#wake.signal]));
    }
  }

  async #bringUp(kong: KongTarget, document: KongDocument, signal: AbortSignal): Promise<boolean> {
    try {
      if (kong.has(document) && (await kong.keeps(signal))) return true;
      await kong.bringUp(document, signal);
      this.figures.pushes.series.get(['ok']).add();
      this.#plan.ask();
      return true;
    } catch {
      this.figures.pushes.series.get(['failed']).add();
      this.#plan.ask();
      return false;
    }
  }

  #decide(): void {
    if (!this.#leading || !this.#cluster.synced) return;
    const plan = decide(this.#snapshot(), this.#options.settings);
    this.figures.plans.series.get([]).add();
    if (plan.document !== undefined && plan.document.digest !== this.#document?.digest) {
      this.#document = plan.document;
      this.#wake.abort();
    }
    this.#queue.replace(this.#due(plan));
  }

  /** Right after a start it is not known what runs: a status would say less than the last one. */
  #due({ actions }: Plan): Plan['actions'] {
    const late = performance.now() - this.#startedAt > patienceMs;
    const informed =
      this.#lookedAt !== undefined &&
      (this.#address === undefined || this.#address.state !== undefined);
    return informed || late ? actions : actions.filter(({ type }) => type !== 'status');
  }

  #snapshot(): Snapshot {
    const address = this.#address?.state;
    return {
      ...this.#cluster.known(),
      seen: this.#poll.seen,
      ...(address === undefined ? {} : { address }),
      now: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    };
  }

  #collect(): void {
    const { servers, gateways } = this.#cluster.known();
    this.figures.queue.set(this.#queue.length);
    this.figures.leading.set(this.#leading ? 1 : 0);
    const all = [
      ...servers.map((one) => ['MCPServer', one.status?.conditions] as const),
      ...gateways.map((one) => ['MCPGateway', one.status?.conditions] as const),
    ];
    const counts = new Map<string, number>();
    for (const [kind, conditions = []] of all) {
      const ready = conditions.find(({ type }) => type === 'Ready')?.status ?? 'Unknown';
      counts.set(`${kind} ${ready}`, (counts.get(`${kind} ${ready}`) ?? 0) + 1);
    }
    for (const [key, count] of counts) {
      const [kind = '', ready = ''] = key.split(' ');
      this.figures.resources.set(count, kind, ready);
    }
  }
}

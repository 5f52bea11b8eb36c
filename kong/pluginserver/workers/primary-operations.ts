import { metrics } from '../../../lib/metrics/registry.js';
import { mergeSnapshots, remains } from '../../../lib/metrics/snapshot.js';
import type { FamilySnapshot } from '../../../lib/metrics/snapshot.js';
import { renderText } from '../../../lib/metrics/text-format.js';
import type { DetailsAsked } from '../instances/load-plugins.js';
import type { PageSource, Readiness } from '../operations/pages.js';
import type { Report, ShownRefusal } from '../operations/report.js';
import type { ToWorker } from './messages.js';
import type { Slot } from './slot.js';

/** How long a page waits for a worker that stands still, in milliseconds. */
const askMs = 1_000;
/** Series of dead workers that are kept, so that what is counted never falls. */
const mostKept = 20_000;

type Answer<K extends keyof ToWorker> = ToWorker[K]['answer'];

/** What operators see of all workers together. */
export class PrimaryOperations implements PageSource {
  readonly #slots: readonly Slot[];
  readonly #authentication: number | undefined;
  /** The last figures of each process, by slot. */
  readonly #last = new Map<number, { readonly pid: number; readonly families: FamilySnapshot[] }>();
  #departed: FamilySnapshot[] = [];

  /** @param authentication slot of the worker for authentication, where there is one */
  constructor(slots: readonly Slot[], authentication: number | undefined) {
    this.#slots = slots;
    this.#authentication = authentication;
  }

  /**
   * Ready where at least one worker has nothing to wait for, as Kong's connections go past no other;
   * with a worker for authentication, that one and another.
   */
  async readiness(): Promise<Readiness> {
    const answers = await this.#askAll('missing', undefined);
    const isReady = answers.map((missing) => missing?.length === 0);
    const ready = isReady.filter(Boolean).length;
    const beside = { workers: { ready, of: this.#slots.length } };
    const apart = this.#authentication;
    const isEnough = apart === undefined ? ready > 0 : isReady[apart] === true && ready > 1;
    if (isEnough) return { missing: [], beside };
    const missing = new Set(answers.flatMap((each) => each ?? []));
    return { missing: missing.size > 0 ? [...missing] : ['no worker answers'], beside };
  }

  async status(): Promise<object> {
    const answers = await this.#askAll('report', undefined);
    const reports = answers.filter((report) => report !== undefined);
    const [answering] = this.#slots.filter((_, at) => answers[at] !== undefined);
    return {
      refused_configurations: mergeRefusals(reports),
      primary: { pid: process.pid, resident_bytes: process.memoryUsage.rss() },
      workers: this.#slots.map((slot, at) => ({
        ...shown(slot, answers[at]),
        ...(slot.slot === this.#authentication ? { serves: 'authentication' } : {}),
      })),
      plugins: await this.#mergePlugins(answering, reports),
    };
  }

  /** What the worker says that knows most: one that has had no use for a server has not its list. */
  async details(asked: DetailsAsked): Promise<object | undefined> {
    const answers = await this.#askAll('details', asked);
    const count = (told: { readonly count?: number }): number => told.count ?? 0;
    return answers
      .filter((told) => told !== undefined)
      .reduce<object | undefined>(
        (most, told) => (most !== undefined && count(most) >= count(told) ? most : told),
        undefined,
      );
  }

  async metrics(): Promise<string> {
    const answers = await this.#askAll('figures', undefined);
    for (const [slot, families] of answers.entries()) {
      const pid = this.#slots[slot]?.pid;
      if (families !== undefined && pid !== undefined) this.#keep(slot, pid, families);
    }
    const processes = [...this.#last].map(([slot, { families }]) => ({
      label: String(slot),
      families: this.#slots[slot]?.live ? families : remains(families),
    }));
    const own = { label: 'primary', families: metrics.snapshot() };
    const departed = { label: 'departed', families: this.#departed };
    return renderText(mergeSnapshots([...processes, departed, own]));
  }

  /** What a process counted stays counted when another has its slot. */
  #keep(slot: number, pid: number, families: FamilySnapshot[]): void {
    const last = this.#last.get(slot);
    if (last !== undefined && last.pid !== pid) {
      const before = { label: '', families: this.#departed };
      const merged = mergeSnapshots([before, { label: '', families: remains(last.families) }]);
      const count = merged.reduce((total, { series }) => total + series.length, 0);
      this.#departed = count > mostKept ? [] : merged;
    }
    this.#last.set(slot, { pid, families });
  }

  /** Plugins know how: a worker does it, since none is loaded here. */
  async #mergePlugins(slot: Slot | undefined, reports: readonly Report[]): Promise<object> {
    const all = reports.map(({ plugins }) => plugins);
    return (slot && (await this.#ask(slot, 'mergeStatus', all))) ?? {};
  }

  #askAll<K extends keyof ToWorker>(kind: K, says: ToWorker[K]['says']) {
    return Promise.all(this.#slots.map((slot) => this.#ask(slot, kind, says)));
  }

  /** Undefined where there is no worker, or it does not answer in time. */
  async #ask<K extends keyof ToWorker>(
    slot: Slot,
    kind: K,
    says: ToWorker[K]['says'],
  ): Promise<Answer<K> | undefined> {
    if (!slot.live) return undefined;
    return slot.channel?.ask(kind, says, askMs).catch(() => undefined);
  }
}

function shown({ slot, pid, live, restarts }: Slot, report: Report | undefined): object {
  return {
    slot,
    pid: pid ?? null,
    live,
    answers: report !== undefined,
    restarts,
    uptime_seconds: report?.uptimeSeconds ?? null,
    resident_bytes: report?.residentBytes ?? null,
  };
}

/** Every worker refuses the same ones, each since and how often by itself. */
function mergeRefusals(reports: readonly Report[]): readonly ShownRefusal[] {
  const merged = new Map<string, ShownRefusal>();
  for (const refusal of reports.flatMap(({ refused }) => refused)) {
    const key = `${refusal.plugin} ${refusal.entry}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? refusal : together(known, refusal));
  }
  return [...merged.values()];
}

function together(a: ShownRefusal, b: ShownRefusal): ShownRefusal {
  return {
    ...a,
    route: a.route ?? b.route,
    since: a.since < b.since ? a.since : b.since,
    requests: a.requests + b.requests,
  };
}

import { LRUCache } from 'lru-cache';
import type { KnownEras } from '../../core/calls/upstream-port.js';

/** With `initialize` and sessions, or without. */
export type Era = 'legacy' | 'modern';

/** Authorization contexts remembered, each by itself: a server may serve them differently. */
const mostContexts = 1_000;
/** After so long a server is asked again, since it may have been replaced, in milliseconds. */
const holdsMs = 600_000;
/** The same where it gave no clear answer. */
const doubtedMs = 30_000;

interface Verdict {
  readonly speaks: boolean;
  readonly until: number;
}

type Verdicts = Partial<Record<Era, Verdict>>;

/**
 * Which eras a server speaks, by authorization context, as far as it has been asked lately (basic/
 * versioning: a verdict that no longer holds does not always show itself as an error).
 */
export class EraMemory {
  readonly #spoken: ReadonlySet<Era>;
  readonly #now: () => number;
  readonly #byContext = new LRUCache<string, Verdicts>({ max: mostContexts });

  /** @param spoken the eras that the configuration lets us speak with it; one at least */
  constructor(spoken: ReadonlySet<Era>, now: () => number) {
    this.#spoken = spoken;
    this.#now = now;
  }

  /**
   * The era to speak now: that of the client where the server is known to speak it, else the other
   * where it is known not to. Undefined where the server has to be asked.
   */
  settled(context: string, preferred: Era): Era | undefined {
    for (const era of this.#inOrder(preferred)) {
      const speaks = this.#speaks(context, era);
      if (speaks === undefined) return undefined;
      if (speaks) return era;
    }
    return undefined;
  }

  /**
   * The era it was spoken to in before what was known became too old; undefined where it has never
   * been asked for the preferred one.
   */
  last(context: string, preferred: Era): Era | undefined {
    const verdicts = this.#byContext.get(context);
    if (verdicts?.[preferred] === undefined) return undefined;
    return this.#inOrder(preferred).find((era) => verdicts[era]?.speaks === true);
  }

  /** The eras to try, one after the other; all of them where none is left that may be spoken. */
  order(context: string, preferred: Era): readonly Era[] {
    const all = this.#inOrder(preferred);
    const left = all.filter((era) => this.#speaks(context, era) !== false);
    return left.length === 0 ? all : left;
  }

  /** What is known of it may not hold any more: it is asked again when it is next needed. */
  doubt(context: string, era: Era): void {
    const verdict = this.#byContext.get(context)?.[era];
    if (verdict?.speaks === true) this.#note(context, era, true, 0);
  }

  speaks(context: string, era: Era): void {
    this.#note(context, era, true, holdsMs);
  }

  /** @param clearly it said so; else it only gave no answer */
  refuses(context: string, era: Era, clearly: boolean): void {
    this.#note(context, era, false, clearly ? holdsMs : doubtedMs);
  }

  /** What was last found out in any context. */
  get known(): KnownEras {
    const found: { legacy: boolean | undefined; modern: boolean | undefined } = {
      legacy: undefined,
      modern: undefined,
    };
    for (const verdicts of this.#byContext.values()) {
      found.legacy ??= verdicts.legacy?.speaks;
      found.modern ??= verdicts.modern?.speaks;
    }
    return found;
  }

  #inOrder(preferred: Era): Era[] {
    const all: readonly Era[] =
      preferred === 'modern' ? ['modern', 'legacy'] : ['legacy', 'modern'];
    return all.filter((era) => this.#spoken.has(era));
  }

  #speaks(context: string, era: Era): boolean | undefined {
    const verdict = this.#byContext.get(context)?.[era];
    return verdict === undefined || verdict.until <= this.#now() ? undefined : verdict.speaks;
  }

  #note(context: string, era: Era, speaks: boolean, ms: number): void {
    const verdicts = this.#byContext.get(context) ?? {};
    verdicts[era] = { speaks, until: this.#now() + ms };
    this.#byContext.set(context, verdicts);
  }
}

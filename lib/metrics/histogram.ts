import { SeriesMap } from './family.js';
import type { Family, FamilyFacts } from './family.js';
import type { FamilySnapshot } from './snapshot.js';

/** One series of a histogram. */
export class HistogramSeries {
  readonly text: string;
  /** Upper bounds, ascending; the last bucket has none. */
  readonly #bounds: readonly number[];
  /** Values per bucket, not yet cumulative. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(text: string, bounds: readonly number[]) {
    this.text = text;
    this.#bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let at = 0;
    while (at < bounds.length && value > bounds[at]!) at += 1;
    this.counts[at]! += 1;
    this.sum += value;
  }
}

export class Histogram implements Family {
  readonly type = 'histogram';
  readonly across = 'sum';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly series: SeriesMap<HistogramSeries>;
  readonly #bounds: readonly number[];

  constructor({ name, help, labels }: FamilyFacts, bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.labels = labels;
    this.#bounds = bounds;
    this.series = new SeriesMap(labels, (text) => new HistogramSeries(text, bounds));
  }

  snapshot(): FamilySnapshot {
    const { name, help, type, across } = this;
    const series = [...this.series.all()].map(({ text, counts, sum }) => ({
      text,
      values: [...counts, sum],
    }));
    return { name, help, type, across, bounds: this.#bounds, series };
  }
}

import { braced } from './counter.js';
import { numberText, SeriesMap } from './family.js';
import type { Family, FamilyFacts } from './family.js';

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

  *lines(): Iterable<string> {
    for (const { text, counts, sum } of this.series.all()) {
      let below = 0;
      for (const [at, count] of counts.entries()) {
        below += count;
        const bound = numberText(this.#bounds[at] ?? Infinity);
        const labels = `${text}${text === '' ? '' : ','}le="${bound}"`;
        yield `${this.name}_bucket{${labels}} ${below}`;
      }
      yield `${this.name}_sum${braced(text)} ${numberText(sum)}`;
      yield `${this.name}_count${braced(text)} ${below}`;
    }
  }
}

import { SeriesMap } from './family.js';
import type { Family, FamilyFacts } from './family.js';
import type { Across, FamilySnapshot } from './snapshot.js';

/** One series of a counter. To count is to add to a field: nothing is looked up. */
export class CounterSeries {
  value = 0;
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  add(amount = 1): void {
    this.value += amount;
  }
}

export class Counter implements Family {
  readonly type = 'counter';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly across: Across;
  readonly series: SeriesMap<CounterSeries>;

  constructor({ name, help, labels }: FamilyFacts, across: Across = 'sum') {
    this.name = name;
    this.help = help;
    this.labels = labels;
    this.across = across;
    this.series = new SeriesMap(labels, (text) => new CounterSeries(text));
  }

  snapshot(): FamilySnapshot {
    return snapshotOf(this, this.series);
  }
}

/** A gauge: its series are set anew for each scrape, so that none outlives what it tells of. */
export class Gauge implements Family {
  readonly type = 'gauge';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly across: Across;
  readonly #series: SeriesMap<CounterSeries>;

  constructor({ name, help, labels }: FamilyFacts, across: Across = 'max') {
    this.name = name;
    this.help = help;
    this.labels = labels;
    this.across = across;
    this.#series = new SeriesMap(labels, (text) => new CounterSeries(text));
  }

  set(value: number, ...values: readonly string[]): void {
    this.#series.get(values).value = value;
  }

  /** Adds to what has been set for this scrape. */
  add(amount: number, ...values: readonly string[]): void {
    this.#series.get(values).value += amount;
  }

  clear(): void {
    this.#series.clear();
  }

  snapshot(): FamilySnapshot {
    return snapshotOf(this, this.#series);
  }
}

function snapshotOf(
  { name, help, type, across }: Family,
  series: SeriesMap<CounterSeries>,
): FamilySnapshot {
  const all = [...series.all()].map(({ text, value }) => ({ text, values: [value] }));
  return { name, help, type, across, bounds: [], series: all };
}

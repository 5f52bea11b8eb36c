import { numberText, SeriesMap } from './family.js';
import type { Family, FamilyFacts } from './family.js';

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
  readonly series: SeriesMap<CounterSeries>;

  constructor({ name, help, labels }: FamilyFacts) {
    this.name = name;
    this.help = help;
    this.labels = labels;
    this.series = new SeriesMap(labels, (text) => new CounterSeries(text));
  }

  *lines(): Iterable<string> {
    for (const { text, value } of this.series.all()) {
      yield `${this.name}${braced(text)} ${numberText(value)}`;
    }
  }
}

/** A gauge: its series are set anew for each scrape, so that none outlives what it tells of. */
export class Gauge implements Family {
  readonly type = 'gauge';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly #series: SeriesMap<CounterSeries>;

  constructor({ name, help, labels }: FamilyFacts) {
    this.name = name;
    this.help = help;
    this.labels = labels;
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

  *lines(): Iterable<string> {
    for (const { text, value } of this.#series.all()) {
      yield `${this.name}${braced(text)} ${numberText(value)}`;
    }
  }
}

export function braced(text: string): string {
  return text === '' ? '' : `{${text}}`;
}

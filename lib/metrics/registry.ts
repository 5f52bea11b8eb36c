import { Counter, Gauge } from './counter.js';
import { escapeHelp } from './family.js';
import type { Family } from './family.js';
import { Histogram } from './histogram.js';

/**
 * The figures of a process, as Prometheus reads them (text format 0.0.4). A registry of our own:
 * what is counted here lies on the path of every request, and a count is one addition.
 */
export class MetricsRegistry {
  readonly #families = new Map<string, Family>();
  readonly #gauges: Gauge[] = [];
  readonly #collectors = new Set<() => void>();

  get families(): readonly Family[] {
    return [...this.#families.values()];
  }

  counter(name: string, help: string, labels: readonly string[] = []): Counter {
    return this.#add(new Counter({ name, help, labels }));
  }

  gauge(name: string, help: string, labels: readonly string[] = []): Gauge {
    const gauge = this.#add(new Gauge({ name, help, labels }));
    this.#gauges.push(gauge);
    return gauge;
  }

  /** @param bounds upper bounds of the buckets, ascending, without the infinite one */
  histogram(
    name: string,
    help: string,
    bounds: readonly number[],
    labels: readonly string[] = [],
  ): Histogram {
    return this.#add(new Histogram({ name, help, labels }, bounds));
  }

  /** Calls `collect` before each scrape, to set gauges; answers a remover. */
  onScrape(collect: () => void): () => void {
    this.#collectors.add(collect);
    return () => void this.#collectors.delete(collect);
  }

  /** Everything, as text. */
  render(): string {
    for (const gauge of this.#gauges) gauge.clear();
    for (const collect of this.#collectors) collect();
    const lines: string[] = [];
    for (const family of this.#families.values()) {
      const { name, help, type } = family;
      lines.push(`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`);
      for (const line of family.lines()) lines.push(line);
    }
    return `${lines.join('\n')}\n`;
  }

  #add<T extends Family>(family: T): T {
    if (this.#families.has(family.name)) throw new Error(`${family.name} is there already`);
    this.#families.set(family.name, family);
    return family;
  }
}

/** The figures of this process, whichever plugin they come from. */
export const metrics = new MetricsRegistry();

export const textFormat = 'text/plain; version=0.0.4; charset=utf-8';

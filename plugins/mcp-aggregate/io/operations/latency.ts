/** Durations looked back at. */
const window = 128;

/** How long a server's latest answers took. */
export class Latency {
  readonly #recent = new Float32Array(window);
  #count = 0;

  add(ms: number): void {
    this.#recent[this.#count % window] = ms;
    this.#count += 1;
  }

  /** In milliseconds, of the latest answers; undefined where there is none. */
  get quantiles(): { readonly p50: number; readonly p99: number } | undefined {
    const size = Math.min(this.#count, window);
    if (size === 0) return undefined;
    const sorted = this.#recent.slice(0, size).sort();
    const at = (share: number) => Math.round(sorted[Math.ceil(size * share) - 1]! * 10) / 10;
    return { p50: at(0.5), p99: at(0.99) };
  }
}

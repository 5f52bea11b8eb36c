import type { PdkInstance } from '../pdk/kong-pdk.js';

/** Called with what a plugin's `close` threw. */
export type OnCloseError = (plugin: string, error: unknown) => void;

/**
 * How long an instance lives that answers for a refused configuration. Then Kong starts it anew, and
 * what was mended outside of the configuration counts, as a vault's secret that has come meanwhile.
 */
export const refusedMs = 60_000;

/** One plugin configuration, started by one of Kong's workers. */
export class Instance {
  readonly id: number;
  readonly phases: readonly string[];
  /** When it ends whether used or not, by the clock of `Instances`; undefined for a good one. */
  readonly endsAt: number | undefined;

  readonly #pdkInstance: PdkInstance;
  readonly #onCloseError: OnCloseError;
  #running = 0;
  #retired = false;

  constructor(
    id: number,
    phases: readonly string[],
    pdkInstance: PdkInstance,
    onCloseError: OnCloseError,
    endsAt?: number,
  ) {
    this.endsAt = endsAt;
    this.id = id;
    this.phases = phases;
    this.#pdkInstance = pdkInstance;
    this.#onCloseError = onCloseError;
  }

  /** Milliseconds from its start on; undefined for a good one. */
  get endsInMs(): number | undefined {
    return this.endsAt === undefined ? undefined : refusedMs;
  }

  get name(): string {
    return this.#pdkInstance.getName();
  }

  /** Whole seconds since the epoch. */
  get startedAt(): number {
    return Math.floor(this.#pdkInstance.getStartTime());
  }

  /** The plugin object for one event, which ends with `release`. */
  acquire(): Readonly<Record<string, unknown>> {
    this.#running += 1;
    return this.#pdkInstance.resetExpireTs() as Readonly<Record<string, unknown>>;
  }

  release(): void {
    this.#running -= 1;
    if (this.#retired && this.#running === 0) this.#close();
  }

  /** Closes the plugin object once its last event has ended. */
  retire(): void {
    this.#retired = true;
    if (this.#running === 0) this.#close();
  }

  #close(): void {
    const plugin = this.#pdkInstance.resetExpireTs() as { close?: () => unknown };
    this.#pdkInstance.close();
    const closed = new Promise((done) => done(plugin.close?.()));
    closed.catch((error: unknown) => this.#onCloseError(this.name, error));
  }
}

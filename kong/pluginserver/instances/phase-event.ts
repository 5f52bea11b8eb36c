import { log } from '../../../lib/log.js';
import { failureFrames, logFailure } from './failure.js';
import type { Instance } from './instance.js';
import { encodeHandled } from '../wire/messages.js';
import { EventOverError } from '../pdk/event-over-error.js';
import { PdkCalls } from '../pdk/pdk-calls.js';

/** What a plugin's phase gets beside `kong`. */
export interface PhaseContext {
  /** Aborts when the event ends without the phase: its deadline, a fault, or Kong has gone. */
  readonly signal: AbortSignal;
}

export interface PhaseEventOptions {
  /** Makes the plugin's `kong`. */
  readonly kong: (calls: PdkCalls) => object;
  readonly instance: Instance;
  readonly phase: string;
  /** Of Kong's call, to be repeated in the answer. */
  readonly sequence: number;
  /** Milliseconds that the phase may take. */
  readonly deadlineMs: number;
  readonly send: (...frames: readonly Uint8Array[]) => void;
  /** The event has ended: Kong was told so, or the request was ended and Kong closes. */
  readonly onOver: (how: 'returned' | 'exited') => void;
}

const endOfLoop = Buffer.alloc(0);

/** One phase of one request, from Kong's call to its end. */
export class PhaseEvent {
  readonly #options: PhaseEventOptions;
  readonly #calls: PdkCalls;
  readonly #deadline: NodeJS.Timeout;
  #controller: AbortController | undefined;
  #over = false;

  /** Starts the phase. */
  constructor(options: PhaseEventOptions) {
    this.#options = options;
    const { send, deadlineMs } = options;
    this.#calls = new PdkCalls({ send, onExit: () => this.#finish('exited') });
    this.#deadline = setTimeout(() => this.#expire(), deadlineMs);
    // Never at once: whoever makes the event has to know it before it is over.
    this.#run(options.instance.acquire()).then(
      () => this.#return(),
      (error: unknown) => this.fail(error),
    );
  }

  /** Whose phase it is. */
  get plugin(): string {
    return this.#options.instance.name;
  }

  /** True when the next frame of the connection belongs to another call. */
  get settled(): boolean {
    return this.#over && this.#calls.owed === 0;
  }

  /** Takes Kong's answer to the oldest call that still waits for one. */
  answer(frame: Buffer): void {
    try {
      this.#calls.answer(frame);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends the request with 500 and a request id; the detail goes to the log. */
  fail(error: unknown): void {
    const { phase, instance, send } = this.#options;
    const about = { plugin: instance.name, phase };
    if (this.#over) {
      const detail = error instanceof EventOverError ? 'debug' : 'warn';
      log(detail, 'phase_failed_after_end', { ...about, error: String(error) });
      return;
    }
    const requestId = logFailure('phase_failed', error, about);
    // In the log phase there is no response left to end.
    if (phase === 'log') {
      this.#return();
      return this.#controller?.abort();
    }
    send(...failureFrames(requestId));
    this.#finish('exited');
    this.#giveUp('the failure of the event');
  }

  /** Kong has closed the connection: nothing of the event is kept. */
  drop(): void {
    this.#finish(undefined);
    this.#giveUp('Kong closed the connection');
  }

  #run(plugin: Readonly<Record<string, unknown>>): Promise<unknown> {
    const { kong, instance, phase } = this.#options;
    if (!instance.phases.includes(phase)) {
      return Promise.reject(new Error(`${instance.name} has no phase ${phase}`));
    }
    const run = plugin[phase] as (kong: object, context: PhaseContext) => unknown;
    try {
      const running = run.call(plugin, kong(this.#calls), this.#context());
      return running instanceof Promise ? running : Promise.resolve(running);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** The signal is made when asked for: most events end long before anything could abort. */
  #context(): PhaseContext {
    const signal = (): AbortSignal => {
      this.#controller ??= new AbortController();
      return this.#controller.signal;
    };
    return {
      get signal() {
        return signal();
      },
    };
  }

  #expire(): void {
    this.fail(new Error(`the phase took longer than ${this.#options.deadlineMs} ms`));
  }

  /** Tells a phase that may still run that it runs for nothing. */
  #giveUp(reason: string): void {
    this.#calls.drop(reason);
    this.#controller?.abort();
  }

  #return(): void {
    if (this.#over) return;
    const { send, sequence } = this.#options;
    send(endOfLoop, encodeHandled(sequence));
    this.#finish('returned');
  }

  #finish(how: 'returned' | 'exited' | undefined): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#deadline);
    this.#calls.close('the end of the event');
    this.#options.instance.release();
    if (how !== undefined) this.#options.onOver(how);
  }
}

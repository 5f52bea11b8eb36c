import { EventOverError } from './event-over-error.js';
import type { PdkPipe } from './kong-pdk.js';
import { answersNothing, encodeFor, exitMethod, pdkMethod } from './pdk-methods.js';
import type { PdkMethod } from './pdk-methods.js';

interface Answer {
  readonly promise: Promise<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Owed {
  readonly method: PdkMethod;
  readonly name: string;
  /** Absent when the plugin has been answered already. */
  readonly answer: Answer | undefined;
}

export interface PdkCallsOptions {
  /** Sends frames to Kong, later in this turn of the event loop. */
  readonly send: (...frames: readonly Uint8Array[]) => void;
  /** `kong.response.exit` is on its way; Kong answers nothing from there on. */
  readonly onExit: () => void;
}

/** Calls without a result that may wait for Kong at a time; a plugin that never stops must wait. */
const mostUnconfirmed = 64;

const done = Promise.resolve<unknown>(undefined);

/**
 * The PDK calls of one event: the plugin puts them in, Kong's answers come back in order.
 *
 * A call without a result counts as answered when it is sent. Kong either does it or, if it
 * cannot, ends the request with 500 and closes; there is no answer that a plugin could act on. So
 * the writes of a phase and its end leave in one flush.
 */
export class PdkCalls implements PdkPipe {
  readonly #options: PdkCallsOptions;
  readonly #owed: Owed[] = [];
  #latest = done;
  #over: string | undefined;

  constructor(options: PdkCallsOptions) {
    this.#options = options;
  }

  /** How many answers Kong still owes. */
  get owed(): number {
    return this.#owed.length;
  }

  /**
   * Sends a call; resolves to its result.
   * @throws UnknownPdkMethodError, TypeError for unfit arguments, EventOverError: by rejecting
   */
  call(name: string, args: readonly unknown[]): Promise<unknown> {
    try {
      return this.#send(name, args);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** The same for kong-pdk, which asks for the answer in the same breath. */
  put({ Method, Args }: { readonly Method: string; readonly Args: readonly unknown[] }): void {
    this.#latest = this.#send(Method, Args);
  }

  async get(): Promise<readonly [result: unknown, error: undefined]> {
    return [await this.#latest, undefined];
  }

  #send(name: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#over !== undefined) throw new EventOverError(`${name} after ${this.#over}`);
    const method = pdkMethod(name);
    this.#options.send(method.frame, encodeFor(method, name, args));
    if (name === exitMethod) {
      this.close(exitMethod);
      this.#options.onExit();
      return done;
    }
    if (answersNothing(method) && this.#owed.length < mostUnconfirmed) {
      this.#owed.push({ method, name, answer: undefined });
      return done;
    }
    const answer = newAnswer();
    this.#owed.push({ method, name, answer });
    return answer.promise;
  }

  /**
   * Takes Kong's next answer.
   * @throws Error when nothing was asked or the answer cannot be decoded
   */
  answer(frame: Buffer): void {
    const owed = this.#owed.shift();
    if (owed === undefined) throw new Error('Kong answered what was not asked');
    try {
      owed.answer?.resolve(owed.method.result.decode(frame)[0]);
    } catch (cause) {
      const error = new Error(`Kong's answer to ${owed.name} cannot be decoded`, { cause });
      refuse(owed, error);
      throw error;
    }
  }

  /** Refuses further calls; `reason` ends the sentence "… after". */
  close(reason: string): void {
    this.#over ??= reason;
  }

  /** Kong is gone, or will answer nothing more: every waiting call rejects. */
  drop(reason: string): void {
    this.close(reason);
    for (const owed of this.#owed.splice(0)) {
      refuse(owed, new EventOverError(`no answer to ${owed.name} after ${reason}`));
    }
  }
}

function newAnswer(): Answer {
  let resolve!: Answer['resolve'];
  let reject!: Answer['reject'];
  const promise = new Promise<unknown>((answered, refused) => {
    resolve = answered;
    reject = refused;
  });
  return { promise, resolve, reject };
}

/** A plugin may wait for one of several calls first: what it has not come to is no unhandled fault. */
function refuse({ answer }: Owed, error: Error): void {
  if (answer === undefined) return;
  answer.promise.catch(() => undefined);
  answer.reject(error);
}

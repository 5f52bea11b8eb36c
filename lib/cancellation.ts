type Listener = (event: unknown) => void;

/** The part of an AbortSignal that work under way looks at. */
export interface CancelSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: Listener, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: Listener): void;
}

/**
 * An AbortController and its signal in one plain object: every call may be cancelled and hardly any
 * is, and Node's own pair costs some fifteen microseconds with one listener. Each listener is called
 * once, in the order they came; what one throws does not keep the others from it.
 */
export class Cancellation implements CancelSignal {
  #aborted = false;
  #reason: unknown;
  #listeners: Set<Listener> | undefined;

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    for (const listener of this.#listeners ?? []) {
      try {
        listener(undefined);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    this.#listeners = undefined;
  }

  addEventListener(_type: 'abort', listener: Listener): void {
    if (!this.#aborted) (this.#listeners ??= new Set()).add(listener);
  }

  removeEventListener(_type: 'abort', listener: Listener): void {
    this.#listeners?.delete(listener);
  }
}

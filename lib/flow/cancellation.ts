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
  /** Most have one listener; a Set is made for a second. */
  #first: Listener | undefined;
  #more: Set<Listener> | undefined;

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
    if (this.#first) call(this.#first);
    for (const listener of this.#more ?? []) call(listener);
    this.#first = undefined;
    this.#more = undefined;
  }

  addEventListener(_type: 'abort', listener: Listener): void {
    if (this.#aborted || listener === this.#first) return;
    if (this.#first === undefined && this.#more === undefined) this.#first = listener;
    else (this.#more ??= new Set()).add(listener);
  }

  removeEventListener(_type: 'abort', listener: Listener): void {
    if (listener === this.#first) this.#first = undefined;
    else this.#more?.delete(listener);
  }
}

function call(listener: Listener): void {
  try {
    listener(undefined);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** Bytes of one limit that several owners hold, each a share of it at most. */
export class SharedBytes {
  readonly #limit: { readonly bytes: number; readonly ofOne: number };
  #bytes = 0;

  constructor(limit: { readonly bytes: number; readonly ofOne: number }) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What one owner holds of it; nothing yet. */
  share(): Share {
    let own = 0;
    let closed = false;
    const add = (bytes: number): void => {
      if (closed) return;
      own += bytes;
      this.#bytes += bytes;
    };
    return {
      tryTake: (bytes) => {
        const fits = own + bytes <= this.#limit.ofOne && this.#bytes + bytes <= this.#limit.bytes;
        if (fits) add(bytes);
        return fits;
      },
      replace: (bytes) => add(bytes - own),
      give: (bytes) => add(-bytes),
      close: () => {
        add(-own);
        closed = true;
      },
    };
  }
}

/** The part of a limit that one owner holds. */
export interface Share {
  /** False where there is no room; nothing is changed then. */
  tryTake(bytes: number): boolean;
  /** Counts what is held, whatever the limit, in place of all before. */
  replace(bytes: number): void;
  give(bytes: number): void;
  /** The owner is gone, with all that it held; what it still does is not counted. */
  close(): void;
}

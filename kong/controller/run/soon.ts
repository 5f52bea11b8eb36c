/** Does something soon after it was asked for, once for many, never twice at a time, never too often. */
export class Soon {
  readonly #work: () => Promise<void> | void;
  readonly #pauseMs: number;
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #again = false;
  #closed = false;

  /** @param pauseMs how long more is gathered before it is done */
  constructor(work: () => Promise<void> | void, pauseMs: number) {
    this.#work = work;
    this.#pauseMs = pauseMs;
  }

  ask(): void {
    if (this.#closed) return;
    if (this.#running) this.#again = true;
    else this.#timer ??= setTimeout(() => void this.#run(), this.#pauseMs);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    this.#running = true;
    this.#again = false;
    try {
      await this.#work();
    } finally {
      this.#running = false;
      if (this.#again) this.ask();
    }
  }
}

interface Said {
  /** To be said once more at the end. */
  again: (() => void) | undefined;
}

/**
 * Says the same thing now and then, however often there is cause: at once, and at the end of a time in
 * which there was cause again. What one worker tells all the others costs each of them, and the
 * process between them.
 */
export class NowAndThen {
  readonly #ms: number;
  readonly #said = new Map<string, Said>();

  /** @param ms between two times */
  constructor(ms: number) {
    this.#ms = ms;
  }

  /** @param what tells the same from anything else */
  say(what: string, say: () => void): void {
    const said = this.#said.get(what);
    if (said !== undefined) return void (said.again = say);
    const now: Said = { again: undefined };
    this.#said.set(what, now);
    setTimeout(() => {
      this.#said.delete(what);
      if (now.again !== undefined) this.say(what, now.again);
    }, this.#ms).unref();
    say();
  }
}

/** Who wants to know of something. */
export class Listeners<Told extends readonly unknown[]> {
  readonly #listeners = new Set<(...told: Told) => void>();

  /** Answers a remover. The same function added twice is two listeners. */
  add(listener: (...told: Told) => void): () => void {
    const own = (...told: Told) => listener(...told);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  readonly tell = (...told: Told): void => {
    for (const listener of [...this.#listeners]) listener(...told);
  };
}

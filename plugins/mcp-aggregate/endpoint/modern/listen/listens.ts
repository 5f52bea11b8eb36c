/** The streams of clients without sessions that end with the gateway. */
export class Listens {
  readonly #ends = new Set<() => void>();

  /** @returns what takes it out */
  add(end: () => void): () => void {
    this.#ends.add(end);
    return () => void this.#ends.delete(end);
  }

  endAll(): void {
    for (const end of [...this.#ends]) end();
  }
}

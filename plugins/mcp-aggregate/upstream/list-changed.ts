/** Who wants to know that a list of a server has changed. */
export class ListChanged {
  readonly #listeners = new Set<(method: string) => void>();

  /** Answers a remover. The same function added twice is two listeners. */
  add(listener: (method: string) => void): () => void {
    const own = (method: string) => listener(method);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  readonly tell = (method: string): void => {
    for (const listener of [...this.#listeners]) listener(method);
  };
}

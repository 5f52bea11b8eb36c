/** Counts bytes by owner; who has none is not remembered. */
export class ByteCounts {
  readonly #byOwner = new Map<string, number>();
  #all = 0;

  get all(): number {
    return this.#all;
  }

  /** Owners with any. */
  get owners(): number {
    return this.#byOwner.size;
  }

  of(owner: string): number {
    return this.#byOwner.get(owner) ?? 0;
  }

  /** @param bytes negative for what is given back */
  add(owner: string, bytes: number): void {
    if (bytes === 0) return;
    this.#all += bytes;
    const own = this.of(owner) + bytes;
    if (own > 0) this.#byOwner.set(owner, own);
    else this.#byOwner.delete(owner);
  }

  /** The owner with the most; undefined where there is none. */
  heaviest(): string | undefined {
    let most = 0;
    let heaviest: string | undefined;
    for (const [owner, bytes] of this.#byOwner) {
      if (bytes <= most) continue;
      most = bytes;
      heaviest = owner;
    }
    return heaviest;
  }
}

/** Times as many places as are free that one holder may have. */
const boldness = 3;

interface Waiting {
  readonly grant: () => void;
}

/**
 * Shares a number of places between holders whose number is not known: one may have three times as
 * many as are free (dynamic thresholds, Choudhury and Hahne 1998). So a single one gets three quarters
 * of all, several share nearly all of them, and whoever comes next finds room, however long the others
 * keep theirs.
 */
export class FairShare {
  readonly #places: number;
  readonly #held = new Map<string, number>();
  /** By holder, the one first that came to wait first. */
  readonly #waiting = new Map<string, Set<Waiting>>();
  #taken = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** Places that are taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Places of one holder. */
  heldBy(holder: string): number {
    return this.#held.get(holder) ?? 0;
  }

  /** Whether this holder may have one more now. */
  hasRoom(holder: string): boolean {
    return this.heldBy(holder) < boldness * (this.#places - this.#taken);
  }

  /** Takes a place where this holder may have one more now; each has to be given back. */
  take(holder: string): boolean {
    // Who waits already is first.
    return !this.#waiting.has(holder) && this.#takeNow(holder);
  }

  /**
   * Waits for a place, which is then taken; answers what ends the waiting. Of all that wait, the
   * holder with the fewest places gets the next one.
   */
  wait(holder: string, grant: () => void): () => void {
    const waiting = this.#waiting.get(holder) ?? new Set<Waiting>();
    const one: Waiting = { grant };
    this.#waiting.set(holder, waiting.add(one));
    return () => {
      if (waiting.delete(one) && waiting.size === 0) this.#waiting.delete(holder);
    };
  }

  give(holder: string): void {
    const held = this.heldBy(holder);
    if (held > 1) this.#held.set(holder, held - 1);
    else this.#held.delete(holder);
    this.#taken--;
    while (this.#waiting.size > 0 && this.#serve());
  }

  #takeNow(holder: string): boolean {
    if (!this.hasRoom(holder)) return false;
    this.#held.set(holder, this.heldBy(holder) + 1);
    this.#taken++;
    return true;
  }

  /** Gives one place to one that waits; false where there is none. */
  #serve(): boolean {
    let next: string | undefined;
    let fewest = Infinity;
    for (const holder of this.#waiting.keys()) {
      const held = this.heldBy(holder);
      if (held < fewest) [next, fewest] = [holder, held];
    }
    if (next === undefined || !this.#takeNow(next)) return false;
    const waiting = this.#waiting.get(next)!;
    const [first] = waiting;
    waiting.delete(first!);
    this.#waiting.delete(next);
    // Of those with as many places, the others come first the next time.
    if (waiting.size > 0) this.#waiting.set(next, waiting);
    first!.grant();
    return true;
  }
}

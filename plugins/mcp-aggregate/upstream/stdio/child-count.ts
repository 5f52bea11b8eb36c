/**
 * Children of client sessions that are alive or being started, so that there are never too many, and
 * no caller has them all. Callers that cannot be told apart share the whole.
 */
export class ChildCount {
  readonly most: number;
  readonly #mostOfOne: number;
  readonly #byOwner = new Map<string, number>();
  #size = 0;

  constructor(most: number) {
    this.most = most;
    this.#mostOfOne = Math.max(1, Math.ceil(most / 4));
  }

  /** Whether there is no room for one more of this caller. */
  isFull(owner: string | undefined): boolean {
    if (this.#size >= this.most) return true;
    return owner !== undefined && (this.#byOwner.get(owner) ?? 0) >= this.#mostOfOne;
  }

  /** Counts a child in; call what it answers once the child is gone. */
  enter(owner: string | undefined): () => void {
    this.#count(owner, 1);
    let isHere = true;
    return () => {
      if (isHere) this.#count(owner, -1);
      isHere = false;
    };
  }

  #count(owner: string | undefined, by: 1 | -1): void {
    this.#size += by;
    if (owner === undefined) return;
    const own = (this.#byOwner.get(owner) ?? 0) + by;
    if (own > 0) this.#byOwner.set(owner, own);
    else this.#byOwner.delete(owner);
  }
}

/** Those of all servers of this process. */
export const childrenOfProcess = new ChildCount(256);

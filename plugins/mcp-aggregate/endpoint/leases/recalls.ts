import type { Borrower } from './borrower.js';
import type { Lending } from './lent-sessions.js';

/**
 * Takes back what was lent, and knows what is on its way back: whoever has a session's own recall
 * must wait for an earlier one as well, whatever that was for.
 */
export class Recalls {
  /** By conversation, those that are not answered yet. */
  readonly #pending = new Map<string, Set<Promise<void>>>();

  /** @param taken which nobody is lent any more */
  takeBack(taken: readonly Lending[]): void {
    const byBorrower = new Map<Borrower, Lending[]>();
    for (const lending of taken) {
      const { borrower } = lending;
      const lendings = byBorrower.get(borrower);
      if (lendings === undefined) byBorrower.set(borrower, [lending]);
      else lendings.push(lending);
    }
    for (const [borrower, lendings] of byBorrower) this.#from(borrower, lendings);
  }

  /** Resolves when nobody uses what was taken back of a conversation, within the time it was lent for. */
  async of(conversation: string): Promise<void> {
    const pending = this.#pending.get(conversation);
    if (pending !== undefined) await Promise.all(pending);
  }

  #from(borrower: Borrower, lendings: readonly Lending[]): void {
    const endsAt = Math.max(...lendings.map((one) => one.endsAt));
    const ns = lendings.map(({ n }) => n);
    const conversations = new Set(lendings.map(({ conversation }) => conversation));
    const back = borrower.recall(ns, endsAt).then(() => {
      for (const conversation of conversations) this.#remove(conversation, back);
    });
    for (const conversation of conversations) {
      const known = this.#pending.get(conversation);
      if (known === undefined) this.#pending.set(conversation, new Set([back]));
      else known.add(back);
    }
  }

  #remove(conversation: string, back: Promise<void>): void {
    const known = this.#pending.get(conversation);
    known?.delete(back);
    if (known?.size === 0) this.#pending.delete(conversation);
  }
}

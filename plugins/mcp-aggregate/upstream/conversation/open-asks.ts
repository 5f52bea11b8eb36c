import type { RawJson } from '../../../../lib/json/types.js';
import type { Ask, AskAnswer } from '../../core/calls/call.js';

/** Questions that may be open at once. */
const mostAsks = 16;

/** Questions of a server that wait for an answer, by the server's raw id. */
export class OpenAsks {
  readonly #byId = new Map<string, AbortController>();

  /**
   * Opens a question; undefined where there are too many already, or one of the same id.
   * @param tell takes the client's progress on it
   * @param reply takes the answer, once, unless the question has been withdrawn
   */
  open(
    id: RawJson,
    reply: (given: AskAnswer) => void,
    tell: (params: RawJson, isOpen: () => boolean) => void,
  ): Pick<Ask, 'key' | 'answer' | 'progress' | 'withdrawn'> | undefined {
    const key = id.toString();
    if (this.#byId.size >= mostAsks || this.#byId.has(key)) return undefined;
    const controller = new AbortController();
    this.#byId.set(key, controller);
    const answer: Ask['answer'] = (given) => {
      if (this.#byId.get(key) !== controller) return;
      this.#byId.delete(key);
      reply(given);
    };
    const isOpen = () => this.#byId.get(key) === controller;
    const progress = (params: RawJson) => {
      if (isOpen()) tell(params, isOpen);
    };
    return { key, answer, progress, withdrawn: controller.signal };
  }

  /** The server no longer wants an answer; answers whether it was a question of these. */
  withdraw(id: RawJson): boolean {
    const key = id.toString();
    const controller = this.#byId.get(key);
    this.#byId.delete(key);
    controller?.abort();
    return controller !== undefined;
  }

  /** Nobody is left to take an answer. */
  withdrawAll(): void {
    const all = [...this.#byId.values()];
    this.#byId.clear();
    for (const controller of all) controller.abort();
  }
}

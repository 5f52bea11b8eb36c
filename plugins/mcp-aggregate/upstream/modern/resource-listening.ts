import { McpError } from '../../../../lib/errors/errors.js';
import { Listening, textsIn } from './listening.js';
import type { ListeningOptions } from './listening.js';

interface Change {
  readonly uri: string;
  readonly wanted: boolean;
  /** Whether nobody waits for it any more. */
  readonly isOver: () => boolean;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * The resources that one line listens for. Each change of them is a stream that takes the place of the
 * last and names all anew: changes that come while one is under way are made together.
 */
export class ResourceListening {
  readonly #server: string;
  readonly #stream: Listening;
  readonly #uris = new Set<string>();
  #changes: Change[] = [];
  #isBusy = false;

  constructor(options: ListeningOptions) {
    this.#server = options.server;
    this.#stream = new Listening(options);
  }

  owns(...asked: Parameters<Listening['owns']>): boolean {
    return this.#stream.owns(...asked);
  }

  /**
   * Resolves once the server has acknowledged it.
   * @throws McpError `invalid_params` where it does not tell of it; `upstream_*`
   * @throws AnsweredError
   */
  change(uri: string, wanted: boolean, isOver: () => boolean): Promise<void> {
    return new Promise((done, failed) => {
      this.#changes.push({ uri, wanted, isOver, done, failed });
      void this.#work();
    });
  }

  close(): void {
    this.#uris.clear();
    this.#stream.close();
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#changes.length > 0) {
      const changes = this.#changes;
      this.#changes = [];
      await this.#apply(changes);
    }
    this.#isBusy = false;
  }

  async #apply(changes: readonly Change[]): Promise<void> {
    const before = new Set(this.#uris);
    for (const { uri, wanted, isOver } of changes) {
      if (!wanted) this.#uris.delete(uri);
      else if (!isOver()) this.#uris.add(uri);
    }
    try {
      await this.#listen(before);
      for (const change of changes) this.#settle(change);
    } catch (error) {
      for (const { uri, wanted, done, failed } of changes) {
        if (wanted && !before.has(uri)) this.#uris.delete(uri);
        if (wanted) failed(error);
        else done();
      }
    }
  }

  /** Drops of them what the server does not tell of. */
  async #listen(before: ReadonlySet<string>): Promise<void> {
    const uris = this.#uris;
    if (uris.size === 0) return this.#stream.close();
    const isSame = uris.size === before.size && [...uris].every((uri) => before.has(uri));
    if (isSame && this.#stream.open) return;
    const honoured = textsIn(await this.#stream.set({ lists: [], uris }), 'resourceSubscriptions');
    for (const uri of [...uris]) if (!honoured.has(uri)) uris.delete(uri);
  }

  #settle({ uri, wanted, isOver, done, failed }: Change): void {
    if (!wanted || isOver() || this.#uris.has(uri)) return done();
    const message = `server ${this.#server} does not tell of changes of this resource`;
    failed(new McpError('invalid_params', message, { server: this.#server, uri }));
  }
}

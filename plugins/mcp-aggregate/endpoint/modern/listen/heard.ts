import type { Note } from '../../../core/calls/call.js';
import type { Exposure } from '../../../core/items/exposure.js';
import {
  aboutOf,
  isAbout,
  updatedMethod,
  updateFor,
  updateOf,
} from '../../../core/uris/updates.js';
import type { Runtime } from '../../../io/runtimes/runtime.js';
import type { ChangeHearer } from '../../streams/announcements.js';
import type { Exchange } from '../../requests/exchange.js';
import type { ListenStream } from './listen-stream.js';

/** Of a longer notification only the URI is told, or streams that are not read would hold much. */
const mostParams = 65_536;

/** What of all that happens is told on one stream: what was asked for, and may be known. */
export class Heard implements ChangeHearer {
  readonly #stream: ListenStream;
  readonly #exchange: Pick<Exchange, 'runtime' | 'ticket'>;
  readonly #changes: ReadonlySet<string>;
  /** By the name that clients see, in the one spelling of each. */
  readonly #resources = new Map<string, string>();

  constructor(
    stream: ListenStream,
    exchange: Pick<Exchange, 'runtime' | 'ticket'>,
    changes: readonly string[],
  ) {
    this.#stream = stream;
    this.#exchange = exchange;
    this.#changes = new Set(changes);
  }

  addResource(name: string): void {
    this.#resources.set(name, aboutOf(name));
  }

  /** A list has changed. */
  changed(method: string): Promise<void> {
    if (this.#changes.has(method)) this.#stream.tell({ method, params: undefined });
    return Promise.resolve();
  }

  /** A server has said something to the stream's conversation. */
  said(runtime: Runtime, exposure: Exposure, note: Note): void {
    if (note.method !== updatedMethod || runtime !== this.#exchange.runtime) return;
    const update = updateFor(note.params, exposure, this.#exchange.ticket);
    if (!update || !this.#covers(update.uri)) return;
    const { params } = update.params.length > mostParams ? updateOf(update.uri) : update;
    this.#stream.tell({ method: updatedMethod, params });
  }

  #covers(uri: string): boolean {
    if (this.#resources.has(uri)) return true;
    const about = aboutOf(uri);
    for (const resource of this.#resources.values()) if (isAbout(resource, about)) return true;
    return false;
  }
}

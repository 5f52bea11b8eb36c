import { log } from '../../../../lib/log.js';
import { begin } from '../../../../lib/flow/under-way.js';
import type { RawJson } from '../../../../lib/json/types.js';
import {
  WorkerPool,
  WorkerUnavailable,
  WorkFailed,
} from '../../../../lib/off-thread/worker-pool.js';
import { sharedBytes } from '../../../../lib/off-thread/shared-bytes.js';
import type { RewrittenResult } from '../../core/items/served.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import type { InspectOptions } from '../../core/pins/inspect-item.js';
import type { LockContent } from '../../core/pins/lockfile/write-lockfile.js';
import type { FormFaults } from '../../core/items/item-form.js';
import { TooManyUris } from '../../core/uris/rewrite-result.js';
import type { PageSpans } from '../lists/page-spans.js';
import { runTask } from './tasks.js';
import type { LargeResults, LargeTask, UriNames } from './tasks.js';

/** Messages above this size are read on another thread: here it takes 5 ms for a MiB of the worst. */
export const largeBytes = 1_048_576;

const poolOptions = {
  maxWorkers: 2,
  deadlineMs: 30_000,
  idleMs: 60_000,
  maxHeapMb: 768,
  onStart: () => log('info', 'large_message_thread_started'),
};

const tooManyUris = new TooManyUris();

/**
 * Work on messages so large, or made so badly, that it would hold up every other request (design
 * D12). Where no thread can be had, it is done here.
 */
export class LargeJson {
  readonly #pool: WorkerPool;

  constructor(pool: WorkerPool) {
    this.#pool = pool;
  }

  /** As `readServerMessage`. @throws WorkerLost; Error */
  read(bytes: Buffer): Promise<LargeResults['read']> {
    return this.#run(bytes, (copy) => ({ op: 'read', bytes: copy }));
  }

  /** As `pageSpans`. @throws WorkerLost; Error */
  page(bytes: RawJson, member: string, maxItems: number): Promise<PageSpans> {
    return this.#run(bytes, (copy) => ({ op: 'page', bytes: copy, member, maxItems }));
  }

  /** As `rewriteResult`; empty where nothing changes. @throws TooManyUris; WorkerLost; Error */
  async rewrite(bytes: RawJson, method: string, uris: UriNames): Promise<RewrittenResult> {
    const changed = await this.#run(bytes, (copy) => ({
      op: 'rewrite',
      bytes: copy,
      method,
      uris,
    }));
    if (changed === undefined) return {};
    const { bytes: made, places } = changed;
    return { result: Buffer.from(made.buffer, made.byteOffset, made.length), places };
  }

  /** As `formFault`, for each of these items. @throws WorkerLost; Error */
  forms(kind: ItemKind, raws: readonly RawJson[]): Promise<FormFaults> {
    let end = 0;
    const ends = raws.map((raw) => (end += raw.length));
    return this.#run(Buffer.concat(raws), (bytes) => ({ op: 'forms', bytes, ends, kind }));
  }

  /** As `inspectItem`, for each of these items. @throws WorkerLost; Error */
  inspect(
    kind: ItemKind,
    raws: readonly RawJson[],
    options: InspectOptions,
  ): Promise<LargeResults['inspect']> {
    let end = 0;
    const ends = raws.map((raw) => (end += raw.length));
    return this.#run(Buffer.concat(raws), (bytes) => {
      return { op: 'inspect', bytes, ends, kind, options };
    });
  }

  /** As `readLockfile`. @throws WorkerLost; Error */
  lockfile(bytes: Buffer): Promise<LargeResults['lockfile']> {
    return this.#run(bytes, (copy) => ({ op: 'lockfile', bytes: copy }));
  }

  /** As `addToLockfile`. @throws WorkerLost; Error */
  learn(bytes: Buffer, content: LockContent): Promise<LargeResults['learn']> {
    return this.#run(bytes, (copy) => ({ op: 'learn', bytes: copy, content }));
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #run<T extends LargeTask>(
    bytes: Buffer,
    taskOf: (bytes: Uint8Array) => T,
  ): Promise<LargeResults[T['op']]> {
    const shared = await sharedBytes([bytes]);
    // A Buffer would arrive as what it is made of.
    const plain = new Uint8Array(shared.buffer, shared.byteOffset, shared.length);
    try {
      return (await this.#pool.run(() => taskOf(plain))) as LargeResults[T['op']];
    } catch (error) {
      if (error instanceof WorkFailed && error.message === tooManyUris.name) throw tooManyUris;
      if (!(error instanceof WorkerUnavailable)) throw error;
      log('warn', 'worker_unavailable');
      begin('large_message');
      return runTask(taskOf(plain));
    }
  }
}

/** The one of this process; no thread is started before it is needed. */
export const largeJson = new LargeJson(
  new WorkerPool({ ...poolOptions, script: new URL('./worker.js', import.meta.url) }),
);

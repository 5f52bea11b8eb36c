import type { Share } from '../../../../lib/held/shared-bytes.js';
import { log } from '../../../../lib/log.js';
import { Listeners } from '../../../../lib/flow/listeners.js';
import { allKinds, perKind } from '../../core/items/item-kinds.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import { includes, nothingApproved } from '../../core/pins/approved.js';
import type { Approved } from '../../core/pins/approved.js';
import type { Approvals } from '../../core/pins/approvals.js';
import type { Introduced } from '../../core/pins/compare-list.js';
import { instructionsDigest } from '../../core/pins/fingerprint.js';
import type { InspectedItem } from '../../core/pins/inspect-item.js';
import { WorkerLost } from '../../../../lib/off-thread/worker-pool.js';
import { LockfileError } from '../../core/pins/lockfile/lockfile-members.js';
import { fingerprintBytes } from '../../core/pins/record/pin-bytes.js';
import type { LockContent } from '../../core/pins/lockfile/write-lockfile.js';
import { replaceFile } from './pin-folder.js';
import type { PinFile } from './pin-folder.js';

export interface PinBookOptions {
  /** For whom it is read, in the log. */
  readonly server: string;
  /** As operators are told. */
  readonly source: string;
  /** Undefined where nothing outlives the process. */
  readonly file: PinFile | undefined;
  /** Where what is seen first is kept; undefined where a lockfile decides, or where it is not kept. */
  readonly firstUsePath?: string | undefined;
  readonly firstUse: boolean;
  /** What is seen first may hold so much memory; what a lockfile says is as large as that is. */
  readonly memory: Share;
  /** Whether the server's instructions are each caller's own. */
  readonly perCaller: boolean;
  /** Reads a lockfile, without holding up others. @throws LockfileError */
  readonly parse: (bytes: Buffer) => Promise<Approved>;
  /** The text of a lockfile with more in it, without holding up others. @throws LockfileError */
  readonly add: (before: Buffer, content: LockContent) => Promise<string>;
  /** How often the file is looked at, in milliseconds. */
  readonly watchMs?: number;
}

const defaultWatchMs = 2_000;
const nothing = Buffer.from('{}');

/**
 * What is approved of one server, as a file or the first use says it. The file is read again when it
 * has changed; one that cannot be used leaves what was approved before in place.
 */
export class PinBook implements Approvals {
  readonly #options: PinBookOptions;
  readonly #changed = new Listeners<[onlyMore: boolean]>();
  #approved = nothingApproved;
  #revision = 0;
  #usable: boolean;
  #problem: string | undefined;
  #mark: string | undefined;
  #keeps = true;
  #full = false;
  #loading: Promise<void> | undefined;
  #learning: Promise<void> = Promise.resolve();
  readonly #first: Promise<void>;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(options: PinBookOptions) {
    this.#options = options;
    this.#usable = options.firstUse;
    this.#first = this.#load();
    if (options.file === undefined || options.file.fixed === true) return;
    this.#timer = setInterval(() => void this.#load(), options.watchMs ?? defaultWatchMs);
    this.#timer.unref();
  }

  get approved(): Approved {
    return this.#approved;
  }

  get revision(): number {
    return this.#revision;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  get usable(): boolean {
    return this.#usable;
  }

  get firstUse(): boolean {
    return this.#options.firstUse;
  }

  get source(): string {
    return this.#keeps ? this.#options.source : 'first use, kept in memory';
  }

  /** Calls `listener` when something else is approved, and whether that is only more than before. */
  onChange(listener: (onlyMore: boolean) => void): () => void {
    return this.#changed.add(listener);
  }

  ready(): Promise<void> {
    return this.#first;
  }

  learn(
    kind: ItemKind,
    items: readonly InspectedItem[],
    said: Introduced | undefined,
  ): Promise<void> {
    this.#learning = this.#learning.then(() => this.#learn(kind, items, said));
    return this.#learning;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#options.memory.close();
  }

  async #learn(
    kind: ItemKind,
    items: readonly InspectedItem[],
    said: Introduced | undefined,
  ): Promise<void> {
    const { perCaller, firstUsePath: path, server, memory } = this.#options;
    const known = this.#approved.items[kind];
    const news = items.filter(({ original }) => known?.has(original) !== true);
    if (news.length === 0 || (known !== undefined && !perCaller)) return;
    const fresh = news.filter(({ original, fingerprint }) =>
      memory.tryTake(fingerprintBytes(original, fingerprint!)),
    );
    this.#tellFull(kind, news.length - fresh.length);
    if (fresh.length === 0) return;
    this.#approved = this.#with(kind, fresh, said);
    this.#revision += 1;
    if (path !== undefined && this.#keeps) await this.#keep(path, kind, fresh, said);
    log('info', 'first_use', { server, kind, items: fresh.length, source: this.source });
  }

  /** Said once: what there is no room for is not approved. */
  #tellFull(kind: ItemKind, leftOut: number): void {
    if (leftOut === 0 || this.#full) return;
    this.#full = true;
    log('error', 'first_use_full', { server: this.#options.server, kind, items: leftOut });
  }

  /** Where another process was first, its word holds. */
  async #keep(
    path: string,
    kind: ItemKind,
    fresh: readonly InspectedItem[],
    said: Introduced | undefined,
  ): Promise<void> {
    const { perCaller, server, add } = this.#options;
    const content = contentOf(kind, fresh, said, perCaller);
    try {
      await replaceFile(path, (before) => add(before ?? nothing, content));
      await this.#load();
    } catch (error) {
      this.#keeps = false;
      log('warn', 'first_use_not_kept', { server, reason: reasonOf(error) });
    }
  }

  /** What is known, and what it lacks of this. */
  #with(kind: ItemKind, fresh: readonly InspectedItem[], said: Introduced | undefined): Approved {
    const { server, instructions, items } = this.#approved;
    const own = fresh.map(({ original, fingerprint }) => [original, fingerprint!] as const);
    const digest = this.#options.perCaller ? undefined : digestOf(said);
    return {
      server: server ?? (said?.name || undefined),
      instructions: instructions === undefined ? digest : instructions,
      items: perKind((each) =>
        each === kind ? new Map([...own, ...(items[kind] ?? [])]) : items[each],
      ),
    };
  }

  #load(): Promise<void> {
    this.#loading ??= this.#read().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #read(): Promise<void> {
    const { file, firstUse, parse } = this.#options;
    if (file === undefined) return;
    let mark: string | undefined;
    try {
      mark = await file.mark();
      if (mark === this.#mark && (mark !== undefined || firstUse)) return;
      if (mark === undefined) return;
      const read = await parse(await file.read());
      this.#problem = undefined;
      this.#usable = true;
      this.#mark = mark;
      this.#approve(firstUse ? this.#merged(read) : read);
    } catch (error) {
      // It is not read again before it changes once more.
      this.#mark = mark ?? this.#mark;
      this.#refuse(reasonOf(error));
    }
  }

  /** What a file of first use says nothing of is what was seen: it may have been taken away. */
  #merged(read: Approved): Approved {
    const { server, instructions, items } = this.#approved;
    return {
      server: read.server ?? server,
      instructions: read.instructions === undefined ? instructions : read.instructions,
      items: perKind((kind) => read.items[kind] ?? items[kind]),
    };
  }

  #refuse(reason: string): void {
    if (this.#revision === 0) this.#usable = false;
    if (reason === this.#problem) return;
    this.#problem = reason;
    const { server, source } = this.#options;
    log('error', 'pins_unusable', { server, source, reason });
  }

  #approve(approved: Approved): void {
    const before = this.#approved;
    const onlyMore = includes(approved, before, allKinds);
    const same = onlyMore && includes(before, approved, allKinds);
    if (same && this.#revision > 0 && approved.instructions === before.instructions) return;
    this.#approved = approved;
    if (this.#options.firstUse) this.#options.memory.replace(bytesOf(approved));
    this.#revision += 1;
    this.#changed.tell(onlyMore);
  }
}

function bytesOf({ items }: Approved): number {
  let bytes = 0;
  for (const kind of allKinds) {
    for (const [name, fingerprint] of items[kind] ?? []) {
      bytes += fingerprintBytes(name, fingerprint);
    }
  }
  return bytes;
}

function digestOf(said: Introduced | undefined): string | null | undefined {
  if (said === undefined) return undefined;
  return said.instructions === undefined ? null : instructionsDigest(said.instructions);
}

function contentOf(
  kind: ItemKind,
  fresh: readonly InspectedItem[],
  said: Introduced | undefined,
  perCaller: boolean,
): LockContent {
  const entries = fresh.map(({ original, fingerprint, text }) => {
    return [original, { digest: fingerprint!.digest, text }] as const;
  });
  const none: LockContent['items'] = perKind(() => undefined);
  return {
    server: said?.name || undefined,
    instructions: perCaller || said === undefined ? undefined : (said.instructions ?? null),
    items: { ...none, [kind]: new Map(entries) },
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof LockfileError) return error.message;
  if (error instanceof WorkerLost) return 'it takes too long, or too much memory, to read';
  const { code } = error as NodeJS.ErrnoException;
  return `it cannot be used${code === undefined ? '' : ` (${code})`}`;
}

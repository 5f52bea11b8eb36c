import { Worker } from 'node:worker_threads';

/** No worker can be started: do the work some other way. */
export class WorkerUnavailable extends Error {
  constructor() {
    super('no worker can be started');
    this.name = 'WorkerUnavailable';
  }
}

/** The work itself threw; the message is the name of what it threw. */
export class WorkFailed extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WorkFailed';
  }
}

/** The work took too long, or its thread died of it: of the memory it used, as a rule. */
export class WorkerLost extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WorkerLost';
  }
}

export interface WorkerPoolOptions {
  /** A module that says `ready` when it has loaded, and answers each task with a WorkerAnswer. */
  readonly script: URL;
  readonly maxWorkers: number;
  /** How long one task may take before its worker is ended, in milliseconds. */
  readonly deadlineMs: number;
  /** A worker without work is ended after so long. */
  readonly idleMs: number;
  /** Of one worker's heap. */
  readonly maxHeapMb: number;
  /** Told of each thread that is started. */
  readonly onStart?: () => void;
  /** Clock in milliseconds. */
  readonly now?: () => number;
}

export type WorkerAnswer =
  { readonly value: unknown } | { readonly error: string } | { readonly ready: true };

interface Job {
  /** Made when its turn comes: what waits takes no memory. */
  readonly task: () => object;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Slot {
  readonly worker: Worker;
  ready: boolean;
  job: Job | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** After a worker could not be started, none is tried for so long. */
const brokenMs = 60_000;

/**
 * A few threads for work that would hold up the event loop. Started on demand, ended when idle,
 * replaced when they die; they keep no process alive.
 */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #slots = new Set<Slot>();
  readonly #queue: Job[] = [];
  #brokenUntil = -Infinity;
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Workers there are now. */
  get size(): number {
    return this.#slots.size;
  }

  /** @throws WorkerUnavailable; WorkFailed */
  run(task: () => object): Promise<unknown> {
    if (this.#closed || this.#now() < this.#brokenUntil) {
      return Promise.reject(new WorkerUnavailable());
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ task, resolve, reject });
      this.#dispatch();
    });
  }

  /** Ends all workers; what is under way is rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#queue.splice(0)) reject(new WorkerUnavailable());
    await Promise.all([...this.#slots].map((slot) => this.#end(slot, new WorkerUnavailable())));
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const idle = [...this.#slots].find(({ job }) => job === undefined);
      const slot =
        idle ?? (this.#slots.size < this.#options.maxWorkers ? this.#start() : undefined);
      if (slot === undefined) return;
      this.#give(slot, this.#queue.shift()!);
    }
  }

  #start(): Slot {
    const { script, maxHeapMb } = this.#options;
    const resourceLimits = { maxOldGenerationSizeMb: maxHeapMb };
    const worker = new Worker(script, { resourceLimits, stdout: true, stderr: true, env: {} });
    worker.unref();
    this.#options.onStart?.();
    const slot: Slot = { worker, ready: false, job: undefined, timer: undefined };
    this.#slots.add(slot);
    worker.on('message', (answer: WorkerAnswer) => this.#onAnswer(slot, answer));
    worker.on('error', () => this.#onDeath(slot));
    worker.on('exit', () => this.#onDeath(slot));
    return slot;
  }

  #give(slot: Slot, job: Job): void {
    clearTimeout(slot.timer);
    slot.job = job;
    const late = new WorkerLost('took too long');
    slot.timer = setTimeout(() => void this.#end(slot, late), this.#options.deadlineMs).unref();
    slot.worker.postMessage(job.task());
  }

  #onAnswer(slot: Slot, answer: WorkerAnswer): void {
    if ('ready' in answer) {
      slot.ready = true;
      return;
    }
    const { job } = slot;
    clearTimeout(slot.timer);
    slot.job = undefined;
    slot.timer = setTimeout(() => void this.#end(slot), this.#options.idleMs).unref();
    if ('error' in answer) job?.reject(new WorkFailed(answer.error));
    else job?.resolve(answer.value);
    this.#dispatch();
  }

  #onDeath(slot: Slot): void {
    if (!this.#slots.has(slot)) return;
    if (slot.ready) void this.#end(slot, new WorkerLost('died'));
    else {
      this.#brokenUntil = this.#now() + brokenMs;
      for (const { reject } of this.#queue.splice(0)) reject(new WorkerUnavailable());
      void this.#end(slot, new WorkerUnavailable());
    }
  }

  async #end(slot: Slot, error?: Error): Promise<void> {
    if (!this.#slots.delete(slot)) return;
    clearTimeout(slot.timer);
    if (error !== undefined) slot.job?.reject(error);
    slot.job = undefined;
    const ended = slot.worker.terminate();
    this.#dispatch();
    await ended;
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

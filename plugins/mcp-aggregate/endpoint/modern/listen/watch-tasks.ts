import type { RawJson } from '../../../../../lib/json/types.js';
import { Cancellation } from '../../../../../lib/flow/cancellation.js';
import type { CancelSignal } from '../../../../../lib/flow/cancellation.js';
import { encodeString } from '../../../../../lib/json/splice.js';
import { taskMethods } from '../../../../../lib/protocol/tasks.js';
import type { CallerContext } from '../../../core/calls/call.js';
import type { Target } from '../../../core/calls/router.js';
import type { Upstream } from '../../../core/calls/upstream-port.js';
import { taskState, toldTask } from '../../../core/tasks/task-state.js';

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

export interface TaskWatcher {
  readonly caller: CallerContext;
  /** What the client can be asked, as in `Call`. */
  readonly capabilities: RawJson | undefined;
  /** Aborted when the client listens no more. */
  readonly signal: CancelSignal;
  /** Takes the params of each `notifications/tasks`, as the client is told. */
  readonly onNote: (params: RawJson) => void;
}

/**
 * Hears of tasks at their servers for one client. Where a server ends its stream another is opened,
 * and how the tasks stand by then is told.
 * @param targets of tasks that the client may use
 * @param ackMs a server that has not agreed by then counts as one that tells of nothing
 * @returns those of which servers tell, by the ids that the client knows
 */
export async function watchTasks(
  targets: readonly Target[],
  watcher: TaskWatcher,
  ackMs: number,
): Promise<readonly string[]> {
  const servers = new Map<Upstream, Target[]>();
  for (const target of targets) {
    const { upstream } = target.server;
    servers.set(upstream, [...(servers.get(upstream) ?? []), target]);
  }
  const told = [...servers].map(async ([upstream, own]) => {
    const watch = new ServerWatch(upstream, own, watcher);
    return Promise.race([watch.begin(), sleep(ackMs).then(() => watch.end())]);
  });
  return (await Promise.all(told)).flat();
}

class ServerWatch {
  readonly #upstream: Upstream;
  readonly #byOwnId: ReadonlyMap<string, Target>;
  readonly #watcher: TaskWatcher;
  #pauseMs = firstPauseMs;
  /** Ended with the client's stream, or where the server tells of nothing. */
  readonly #ended = new Cancellation();
  /** One note after the other, as they came. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(upstream: Upstream, targets: readonly Target[], watcher: TaskWatcher) {
    this.#upstream = upstream;
    this.#byOwnId = new Map(targets.map((target) => [target.original, target]));
    this.#watcher = watcher;
    const { signal } = watcher;
    const onAbort = () => this.#ended.abort();
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  }

  /** Answers the tasks of which the server tells, if it can be reached. */
  async begin(): Promise<readonly string[]> {
    try {
      const honoured = await this.#hear();
      const own = [...honoured].flatMap((id) => this.#byOwnId.get(id)?.name ?? []);
      if (own.length === 0) this.#ended.abort();
      return own;
    } catch {
      return this.end();
    }
  }

  end(): readonly string[] {
    this.#ended.abort();
    return [];
  }

  async #hear(): Promise<ReadonlySet<string>> {
    const { caller, capabilities } = this.#watcher;
    const honoured = await this.#upstream.hearTasks?.({
      caller,
      capabilities,
      signal: this.#ended,
      ids: new Set(this.#byOwnId.keys()),
      onNote: (params) => this.#take(toldTask(params), params),
      onLost: () => void this.#again(),
    });
    return honoured ?? new Set();
  }

  async #again(): Promise<void> {
    while (!this.#ended.aborted) {
      const pause = this.#pauseMs * (0.5 + Math.random() / 2);
      this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
      await sleep(pause);
      if (this.#ended.aborted) return;
      try {
        const honoured = await this.#hear();
        if (honoured.size > 0) await Promise.all([...honoured].map((id) => this.#refresh(id)));
        return;
      } catch {
        // The server is asked again after a longer pause.
      }
    }
  }

  /** What happened meanwhile nobody has said. */
  async #refresh(id: string): Promise<void> {
    const { caller, capabilities } = this.#watcher;
    const call = {
      method: taskMethods.get,
      params: Buffer.from(`{"taskId":${encodeString(id)}}`),
      mirrored: id,
      tasks: true,
      modern: true,
      logLevel: undefined,
      caller,
      capabilities,
      signal: this.#ended,
    };
    for await (const event of this.#upstream.call(call)) {
      if (event.type === 'done') this.#take(id, event.result);
    }
  }

  #take(id: string | undefined, params: RawJson): void {
    const target = id === undefined ? undefined : this.#byOwnId.get(id);
    if (target === undefined || this.#ended.aborted) return;
    this.#pauseMs = firstPauseMs;
    this.#turn = this.#turn.then(async () => {
      // One that cannot be shown is left out: the client may ask for it.
      const shown = await taskState(target, params).catch(() => undefined);
      if (shown !== undefined && !this.#ended.aborted) this.#watcher.onNote(shown);
    });
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}

import type { RawJson } from '../../../../lib/json/types.js';
import { taskNotification } from '../../../../lib/protocol/tasks.js';
import type { Exchange } from '../conversation/exchange.js';
import type { LineHearing, LineRequest } from '../conversation/link.js';
import { Listening, textsIn } from './listening.js';
import type { ListeningOptions } from './listening.js';
import { mayShowAsks } from './modern-answer.js';

interface Options extends Pick<ListeningOptions, 'server' | 'deadlineMs' | 'send'> {
  readonly begin: (params: RawJson, more?: Partial<LineRequest>) => Exchange;
}

/** Who hears of tasks on one line: a stream for each, since tasks are nobody else's business. */
export class TaskListenings {
  readonly #options: Options;
  /** With what ends each. */
  readonly #open = new Map<Listening, () => void>();

  constructor(options: Options) {
    this.#options = options;
  }

  owns(exchange: Exchange): boolean {
    for (const listening of this.#open.keys()) if (listening.owns(exchange)) return true;
    return false;
  }

  /** As `Line.hearTasks`. */
  async add(hearing: LineHearing): Promise<ReadonlySet<string>> {
    const { ids: tasks, capabilities, signal, onNote, onLost } = hearing;
    const { begin, ...common } = this.#options;
    const listening = new Listening({
      ...common,
      begin: (params) => begin(params, { capabilities, tasks: true }),
      onNote: ({ method, params }) => {
        if (method !== taskNotification || params?.[0] !== 0x7b) return;
        if (mayShowAsks(capabilities, params)) onNote(params);
      },
      onLost: () => lost(),
    });
    const end = (): boolean => {
      signal.removeEventListener('abort', end);
      listening.close();
      return this.#open.delete(listening);
    };
    const lost = () => {
      if (end()) onLost();
    };
    if (signal.aborted) return new Set();
    signal.addEventListener('abort', end, { once: true });
    this.#open.set(listening, lost);
    try {
      return textsIn(await listening.set({ lists: [], uris: new Set(), tasks }), 'taskIds');
    } catch (error) {
      end();
      throw error;
    }
  }

  close(): void {
    for (const lost of [...this.#open.values()]) lost();
  }
}

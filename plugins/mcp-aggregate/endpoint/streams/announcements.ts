import type { Runtime } from '../../io/runtime.js';
import { notificationFrame } from '../frames.js';
import type { Channel } from './channel.js';

/** Changes closer together than this are told once. */
const gatherMs = 50;
/** Streams written to between two breaths: sealing an event id takes a while. */
const batchSize = 100;

interface Audience {
  readonly channels: Set<Channel>;
  readonly changed: Set<string>;
  readonly leave: () => void;
  timer: NodeJS.Timeout | undefined;
}

/** Tells the clients of each endpoint that its lists have changed. */
export class Announcements {
  readonly #audiences = new Map<Runtime, Audience>();

  /**
   * The channel hears of this runtime from now on, and of no other. Answers whether it heard of
   * another before.
   */
  join(runtime: Runtime, channel: Channel): boolean {
    if (this.#audiences.get(runtime)?.channels.has(channel)) return false;
    const moved = this.leave(channel);
    const audience = this.#audiences.get(runtime) ?? this.#open(runtime);
    audience.channels.add(channel);
    return moved;
  }

  /** Answers whether the channel heard of any runtime. */
  leave(channel: Channel): boolean {
    for (const [runtime, audience] of this.#audiences) {
      if (!audience.channels.delete(channel)) continue;
      if (audience.channels.size === 0) {
        clearTimeout(audience.timer);
        audience.leave();
        this.#audiences.delete(runtime);
      }
      return true;
    }
    return false;
  }

  /** Tells one client that it may have missed changes. */
  async remind(runtime: Runtime, channel: Channel): Promise<void> {
    for (const method of runtime.listChanges) await channel.send(changedFrame(method));
  }

  #open(runtime: Runtime): Audience {
    const audience: Audience = {
      channels: new Set(),
      changed: new Set(),
      timer: undefined,
      leave: runtime.onListChanged((method) => {
        audience.changed.add(method);
        audience.timer ??= setTimeout(() => void this.#tell(audience), gatherMs).unref();
      }),
    };
    this.#audiences.set(runtime, audience);
    return audience;
  }

  async #tell(audience: Audience): Promise<void> {
    audience.timer = undefined;
    const frames = [...audience.changed].map(changedFrame);
    audience.changed.clear();
    let sent = 0;
    for (const channel of [...audience.channels]) {
      for (const frame of frames) void channel.send(frame);
      if (++sent % batchSize === 0) await new Promise((resolve) => void setImmediate(resolve));
    }
  }
}

function changedFrame(method: string) {
  return notificationFrame({ method, params: undefined });
}

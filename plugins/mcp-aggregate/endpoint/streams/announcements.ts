import type { CallerContext } from '../../core/calls/call.js';
import type { Runtime } from '../../io/runtimes/runtime.js';

/** Changes closer together than this are told once. */
const gatherMs = 50;
/** Streams written to between two breaths: sealing an event id takes a while. */
const batchSize = 100;

/** Who hears of changed lists. */
export interface ChangeHearer {
  /** @param method of the notification that says which */
  changed(method: string): Promise<void>;
}

interface Audience {
  /** With the name of what concerns its caller alone. */
  readonly channels: Map<ChangeHearer, string | undefined>;
  /** Methods, and of which caller's list; of everybody's: undefined. */
  readonly changed: Map<string | undefined, Set<string>>;
  readonly leave: () => void;
  timer: NodeJS.Timeout | undefined;
}

/** Tells the clients of each endpoint that its lists have changed. */
export class Announcements {
  readonly #audiences = new Map<Runtime, Audience>();

  /**
   * The channel hears of this runtime from now on, and of no other, as this caller with these rights
   * sees it. Answers whether it heard of another before, or as another sees it.
   */
  join(runtime: Runtime, channel: ChangeHearer, caller: CallerContext): boolean {
    const known = this.#audiences.get(runtime)?.channels;
    if (known?.has(channel)) {
      const before = known.get(channel);
      const context = runtime.contextOf(caller);
      known.set(channel, context);
      return before !== context;
    }
    const moved = this.leave(channel);
    const audience = this.#audiences.get(runtime) ?? this.#open(runtime);
    audience.channels.set(channel, runtime.contextOf(caller));
    return moved;
  }

  /** Whether the channel hears of this runtime. */
  reach(runtime: Runtime, channel: ChangeHearer): boolean {
    return this.#audiences.get(runtime)?.channels.has(channel) ?? false;
  }

  /** Answers whether the channel heard of any runtime. */
  leave(channel: ChangeHearer): boolean {
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
  async remind(runtime: Runtime, channel: ChangeHearer, caller: CallerContext): Promise<void> {
    for (const method of runtime.listChangesFor(caller)) await channel.changed(method);
  }

  #open(runtime: Runtime): Audience {
    const audience: Audience = {
      channels: new Map(),
      changed: new Map(),
      timer: undefined,
      leave: runtime.onListChanged((method, context) => {
        const methods = audience.changed.get(context) ?? new Set();
        audience.changed.set(context, methods.add(method));
        audience.timer ??= setTimeout(() => void this.#tell(audience), gatherMs).unref();
      }),
    };
    this.#audiences.set(runtime, audience);
    return audience;
  }

  async #tell(audience: Audience): Promise<void> {
    audience.timer = undefined;
    const changed = new Map(audience.changed);
    audience.changed.clear();
    let sent = 0;
    for (const [channel, context] of [...audience.channels]) {
      const own = context === undefined ? [] : (changed.get(context) ?? []);
      const methods = new Set([...(changed.get(undefined) ?? []), ...own]);
      for (const method of methods) void channel.changed(method);
      if (++sent % batchSize === 0) await new Promise((resolve) => void setImmediate(resolve));
    }
  }
}

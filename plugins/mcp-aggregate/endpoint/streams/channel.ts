import { notificationFrame } from '../answer/frames.js';
import type { Frame } from '../answer/frames.js';
import type { SseWriter } from '../answer/sse-writer.js';
import { EventLog } from './event-log.js';
import type { LogBudget } from './event-log.js';

/** Connections that one channel keeps open; of more, the oldest is ended. */
const mostWriters = 4;
/** A connection that takes in nothing is given up: its client can come back for what it missed. */
const mostUnread = 1_048_576;
/** How long a client waits before it comes back, in milliseconds (SEP-1699). */
const retryMs = 1_000;

export interface Resumable {
  /** The id of the event with this number, good for this channel only. */
  readonly idOf: (seq: number) => string;
  readonly budget: LogBudget;
  /** Whose share of it is used. */
  readonly user: string;
  /** Whether the client's revision knows events without data, which let it come back at any time. */
  readonly primed: boolean;
}

/**
 * A sequence of messages to one client, whichever connection carries it. Every message goes out
 * once, on the newest connection (requirement H36), and is kept for a while where the client can
 * come back for it.
 */
export class Channel {
  readonly #resumable: Resumable | undefined;
  readonly #log: EventLog | undefined;
  readonly #writers: SseWriter[] = [];
  readonly #onChange: (attached: boolean) => void;
  /** Number of the latest event that a connection has taken. */
  #sent = 0;
  #ended = false;
  #delivered = false;

  /** @param onChange told when the first connection comes and when the last goes */
  constructor(
    resumable: Resumable | undefined,
    onChange: (attached: boolean) => void = () => undefined,
  ) {
    this.#resumable = resumable;
    this.#log = resumable && new EventLog(resumable.budget, resumable.user);
    this.#onChange = onChange;
  }

  get attached(): boolean {
    return this.#writers.length > 0;
  }

  /** Whether the last message has been sent. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether the last message has gone out on a connection that took it all. */
  get delivered(): boolean {
    return this.#delivered;
  }

  /**
   * Takes a connection and sends it what came after event `after`; without one, what no connection
   * has taken yet.
   */
  attach(writer: SseWriter, after: number | undefined): void {
    this.#writers.push(writer);
    if (this.#writers.length > mostWriters) this.#writers[0]?.close();
    writer.onClose((complete) => this.#detach(writer, complete));
    if (this.#resumable && this.#log) {
      const from = after ?? this.#sent;
      const id = this.#resumable.primed ? this.#resumable.idOf(from) : undefined;
      writer.prime(retryMs, id);
      for (const { seq, frame } of this.#log.after(from)) {
        this.#sent = Math.max(this.#sent, seq);
        void writer.send(frame, this.#resumable.idOf(seq));
      }
    }
    if (this.#ended) writer.close();
    else if (this.#writers.length === 1) this.#onChange(true);
  }

  /** Resolves when there is room for more. Without a connection the message waits in the log. */
  async send(frame: Frame, isLast = false): Promise<void> {
    if (this.#ended) return;
    const seq = this.#log?.add(frame);
    const writer = this.#writers.at(-1);
    if (!writer) return;
    const mayGo = this.#log === undefined || this.#mayWait(this.#log, writer.unread, isLast);
    if (!mayGo) return writer.abandon();
    this.#sent = seq ?? 0;
    await writer.send(frame, seq === undefined ? undefined : this.#resumable?.idOf(seq));
  }

  /** Says that a list has changed. */
  changed(method: string): Promise<void> {
    return this.send(notificationFrame({ method, params: undefined }));
  }

  /**
   * What waits for a connection is kept in the log as well, or it would be counted nowhere. An answer
   * is counted with its call, and one too large to be kept is lost with its connection.
   */
  #mayWait(log: EventLog, unread: number, isLast: boolean): boolean {
    if (isLast && !log.keptLast) return true;
    return unread <= mostUnread && (unread === 0 || log.keptLast);
  }

  /** Ends all connections; after the answer of a call, or so that the client comes back. */
  async end(last?: Frame): Promise<void> {
    if (last) await this.send(last, true);
    this.#ended = true;
    for (const writer of [...this.#writers]) writer.close();
  }

  /** Ends the connections, not the channel. */
  interrupt(): void {
    for (const writer of [...this.#writers]) writer.close();
  }

  /** Nobody can come back any more. */
  forget(): void {
    this.#ended = true;
    this.#log?.clear();
    for (const writer of [...this.#writers]) writer.close();
  }

  #detach(writer: SseWriter, complete: boolean): void {
    const index = this.#writers.indexOf(writer);
    if (index < 0) return;
    this.#writers.splice(index, 1);
    if (this.#ended && complete) this.#delivered = true;
    if (this.#writers.length === 0) this.#onChange(false);
  }
}

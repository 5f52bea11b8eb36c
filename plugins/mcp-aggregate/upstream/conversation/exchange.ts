import { Cancellation } from '../../../../lib/flow/cancellation.js';
import type { CancelSignal } from '../../../../lib/flow/cancellation.js';
import type { Hold } from '../../../../lib/held/held-bytes.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { Ask, CallEvent, Done, Fail, Input, Note } from '../../core/calls/call.js';
import { isLast } from '../../core/calls/call.js';
import { noRoom } from '../../../../lib/held/held-bytes.js';
import { failEvent, tooLarge } from '../failure/failures.js';
import { progressFrame, replyFrame } from './frames.js';
import { OpenAsks } from './open-asks.js';

/** Where reading from the server pauses until the consumer has caught up. */
const highWater = { events: 64, bytes: 262_144 };
/** Where a server that cannot be paused (a shared pipe) has said too much in one call. */
const overflow = { events: 4096, bytes: 4_194_304 };

/** How the client of a request is asked. */
export interface Asking {
  /** What it can be asked, as raw `ClientCapabilities`. */
  readonly capabilities: RawJson;
  /** Takes a client's answer to the server; a server that never gets it would wait for ever. */
  reply(frame: Buffer, exchange: Exchange): void;
  /**
   * Takes a client's notification to the server; of those on one subject that cannot be sent at once,
   * the newest.
   */
  tell(subject: string, frame: Buffer, isWanted: () => boolean): void;
}

/** One request under way: what was sent, and the events that came back and wait to be taken. */
export class Exchange {
  readonly server: string;
  readonly id: number;
  /** The whole request message. */
  readonly message: Buffer;
  /** The caller's progress token, which `id` stands for on the wire. */
  readonly token: RawJson | undefined;
  /** Absent where the client cannot be asked. */
  readonly asking: Asking | undefined;
  /** Whether its answer is a list: of one that is nested too deeply, the items at fault are left out. */
  isList = false;
  /** Header fields that go with the request beside those of the line. */
  headers: Readonly<Record<string, string>> | undefined;
  /** What the server's answer means, where it is not taken as it is. */
  interpret: ((answer: Done | Fail) => Done | Fail | Input) | undefined;
  /** Where the bytes of its answer are counted. */
  hold: Hold | undefined;
  readonly #onEnd: () => void;
  #asks: OpenAsks | undefined;
  readonly #queue: CallEvent[] = [];
  #bytes = 0;
  #settled = false;
  #spoken = false;
  readonly #cancellation = new Cancellation();
  #wakeConsumer: (() => void) | undefined;
  #wakeProducer: (() => void) | undefined;

  constructor(
    server: string,
    id: number,
    message: Buffer,
    token: RawJson | undefined,
    onEnd: () => void,
    asking?: Asking,
  ) {
    this.asking = asking;
    this.server = server;
    this.id = id;
    this.message = message;
    this.token = token;
    this.#onEnd = onEnd;
  }

  /** Aborted when nobody waits for the answer any more. */
  get signal(): CancelSignal {
    return this.#cancellation;
  }

  /** Whether there has been any event. */
  get hasSpoken(): boolean {
    return this.#spoken;
  }

  /** Whether the last event is known. */
  get settled(): boolean {
    return this.#settled;
  }

  note(note: Note): void {
    if (this.#settled) return;
    this.#push(note);
    this.#bytes += note.params?.length ?? 0;
    if (this.#queue.length > overflow.events || this.#bytes > overflow.bytes) {
      const what = 'more notifications in one call than the client takes';
      this.fail(tooLarge(this.server, what, overflow.events));
    }
  }

  /**
   * Puts a question of the server to the client.
   * @param id the server's id as it stands
   * @param shared where the question may be another call's: it is then kept there, and outlives this
   * @returns false where there are too many already, or one of the same id
   */
  ask(id: RawJson, question: Pick<Ask, 'method' | 'params'>, shared?: OpenAsks): boolean {
    const { asking, hold } = this;
    if (!asking || this.#settled) return false;
    const bytes = (hold?.bytes ?? 0) + (question.params?.length ?? 0);
    if (hold?.tryAtLeast(bytes, this.server) === false) return false;
    const asks = shared ?? (this.#asks ??= new OpenAsks());
    const opened = asks.open(
      id,
      (given) => {
        if (shared || !this.#settled) asking.reply(replyFrame(id, given), this);
      },
      (params, isOpen) => asking.tell(id.toString(), progressFrame(params), isOpen),
    );
    if (!opened) return false;
    this.#push({ type: 'ask', ...question, ...opened, ...(shared ? { outlivesCall: true } : {}) });
    return true;
  }

  /** The server no longer wants an answer; answers whether it was a question of this exchange. */
  withdraw(id: RawJson): boolean {
    return this.#asks?.withdraw(id) ?? false;
  }

  /** The server's answer: the last event. One that there is no room for fails. */
  answer(event: Done | Fail): void {
    const bytes = event.type === 'done' ? event.result.length : 0;
    if (this.hold?.tryAtLeast(bytes, this.server) === false) return this.fail(noRoom());
    this.#settle(this.interpret === undefined ? event : this.interpret(event));
  }

  /** Ends the exchange without an answer of the server. */
  fail(error: unknown): void {
    if (this.#settled) return;
    this.#settle(failEvent(this.server, error));
    this.#abandon(error);
  }

  /** Calls `onEvent` from here on when there is an event to take. */
  listen(onEvent: () => void): void {
    this.#wakeConsumer = onEvent;
  }

  /** The next event; undefined while there is none. */
  take(): CallEvent | undefined {
    const event = this.#queue.shift();
    if (event?.type === 'note') this.#bytes -= event.params?.length ?? 0;
    this.#wakeProducer?.();
    return event;
  }

  /** What comes back, to the last event; instead of `listen` and `take`. */
  async *events(): AsyncGenerator<CallEvent, void, undefined> {
    for (;;) {
      const event = await this.#next();
      yield event;
      if (isLast(event)) return;
    }
  }

  async #next(): Promise<CallEvent> {
    for (;;) {
      const event = this.take();
      if (event !== undefined) return event;
      await new Promise<void>((resolve) => (this.#wakeConsumer = resolve));
    }
  }

  /** Resolves when the consumer has caught up, or no longer matters. */
  async room(): Promise<void> {
    while (
      !this.#settled &&
      (this.#queue.length >= highWater.events || this.#bytes >= highWater.bytes)
    ) {
      await new Promise<void>((resolve) => (this.#wakeProducer = resolve));
    }
  }

  /** Nobody listens from here on: whatever still arrives is dropped. */
  end(): void {
    if (!this.#settled) {
      this.#settled = true;
      this.#abandon(new Error('nobody listens'));
    }
    this.#onEnd();
    this.#wakeProducer?.();
  }

  #abandon(reason: unknown): void {
    this.#cancellation.abort(reason);
  }

  #settle(event: Done | Fail | Input): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#push(event);
    this.#onEnd();
    this.#wakeProducer?.();
  }

  #push(event: CallEvent): void {
    this.#spoken = true;
    this.#queue.push(event);
    this.#wakeConsumer?.();
  }
}

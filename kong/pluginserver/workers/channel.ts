import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** What one side of a channel may send: by kind, what it says and what it is answered. */
export type Kinds = Record<string, { readonly says: unknown; readonly answer: unknown }>;

/** What goes along with a message. */
export interface Along {
  /** A connection that is handed over. */
  readonly socket?: Socket | undefined;
  /** Called once the message has left this process, or is lost. */
  readonly onSent?: () => void;
}

/** The way to the other process. A message to a process that has gone is lost. */
export type Send = (message: unknown, along: Along) => void;

type Handler = (says: never, socket: Socket | undefined) => unknown;

/** The other process has gone, did not answer in time, or failed; the message says which. */
export class ChannelError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ChannelError';
  }
}

interface Message {
  readonly kind?: string;
  readonly says?: unknown;
  /** Set where an answer is awaited. */
  readonly call?: number;
  /** The call that this answers. */
  readonly to?: number;
  readonly answer?: unknown;
  readonly failed?: boolean;
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: ChannelError) => void;
}

/** Messages and questions between two processes of this server, in order. */
export class Channel<Out extends Kinds, In extends Kinds> {
  readonly #send: Send;
  readonly #handlers = new Map<string, Handler>();
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  #closed = false;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Handles what the other side says or asks; what is answered, or thrown, goes back. */
  on<K extends keyof In & string>(
    kind: K,
    handle: (
      says: In[K]['says'],
      socket: Socket | undefined,
    ) => In[K]['answer'] | Promise<In[K]['answer']>,
  ): void {
    this.#handlers.set(kind, handle);
  }

  /** Says something that needs no answer. */
  tell<K extends keyof Out & string>(kind: K, says: Out[K]['says'], along: Along = {}): void {
    if (!this.#closed) this.#send({ kind, says }, along);
  }

  /**
   * Asks, and waits for the answer at most `boundMs`.
   * @throws ChannelError
   */
  async ask<K extends keyof Out & string>(
    kind: K,
    says: Out[K]['says'],
    boundMs: number,
  ): Promise<Out[K]['answer']> {
    if (this.#closed) throw new ChannelError('the process has gone');
    this.#calls += 1;
    const call = this.#calls;
    const over = new AbortController();
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(call, { resolve, reject });
      this.#send({ kind, says, call }, {});
    });
    const late = setTimeout(boundMs, undefined, { signal: over.signal, ref: false }).then(() => {
      throw new ChannelError(`no answer to ${kind} in ${boundMs} ms`);
    });
    late.catch(() => undefined);
    try {
      return await Promise.race([answer, late]);
    } finally {
      this.#waiting.delete(call);
      over.abort();
    }
  }

  /** Takes a message of the other side. */
  take(message: unknown, socket?: Socket): void {
    const { kind, says, call, to, answer, failed = false } = message as Message;
    if (to !== undefined) {
      const waiting = this.#waiting.get(to);
      if (failed) waiting?.reject(new ChannelError('the other process failed on it'));
      else waiting?.resolve(answer);
      return;
    }
    const handler = this.#handlers.get(kind ?? '');
    const given = new Promise((done) => done(handler?.(says as never, socket)));
    if (call === undefined) return;
    given.then(
      (value) => this.#answer({ to: call, answer: value }),
      () => this.#answer({ to: call, failed: true }),
    );
  }

  /** The other process has gone: nothing more is sent, and nobody waits for it. */
  close(): void {
    this.#closed = true;
    for (const { reject } of this.#waiting.values()) {
      reject(new ChannelError('the process has gone'));
    }
  }

  #answer(message: Message): void {
    if (!this.#closed) this.#send(message, {});
  }
}

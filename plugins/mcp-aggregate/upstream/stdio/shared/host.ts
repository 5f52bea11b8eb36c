import type { Duplex } from 'node:stream';
import { McpError } from '../../../../../lib/errors/errors.js';
import { HeldBytes } from '../../../../../lib/held/held-bytes.js';
import type { Hold } from '../../../../../lib/held/held-bytes.js';
import { held } from '../../../../../lib/held/limits.js';
import { readFrames, sendFrame } from '../../../../../lib/workers/frames.js';
import { isLast } from '../../../core/calls/call.js';
import type { CallEvent } from '../../../core/calls/call.js';
import type { Exchange } from '../../conversation/exchange.js';
import { cancelled, unavailable } from '../../failure/failures.js';
import type { HostedChild, SharedLine } from './child-line.js';
import type { FromHost, ToHost } from './messages.js';
import { toldOf } from '../../failure/told-error.js';

const { bytes, ofOne } = held.siblingAnswers;
/** Answers on their way to other workers, which count them again for their callers. */
const answers = new HeldBytes({ bytes, ofOne, ofServer: bytes });
/** Largest `params` of one request. */
const mostParams = 67_108_864;

interface Asked {
  readonly exchange: Exchange;
  readonly line: SharedLine;
  readonly hold: Hold;
}

/** Serves one other worker's part in a child of this one, until the stream has ended. */
export async function hostChild(
  server: string,
  child: HostedChild,
  stream: Duplex,
  from: number,
): Promise<void> {
  const guest = new Guest(server, child, stream, from);
  const unwatch = child.watch((why) => guest.say({ t: 'gone', why }));
  try {
    await readFrames(stream, mostParams, ({ head, payload }) =>
      guest.take(head as unknown as ToHost, payload),
    );
  } finally {
    unwatch();
    guest.leave();
  }
}

class Guest {
  readonly #server: string;
  readonly #child: HostedChild;
  readonly #stream: Duplex;
  readonly #caller: string;
  readonly #asked = new Map<number, Asked>();
  #line: SharedLine | undefined;
  #isFull = false;

  constructor(server: string, child: HostedChild, stream: Duplex, from: number) {
    this.#server = server;
    this.#child = child;
    this.#stream = stream;
    this.#caller = `worker ${from}`;
    stream.on('drain', () => this.#drained());
  }

  say(message: FromHost, payload?: Buffer, onSent?: () => void): void {
    if (!sendFrame(this.#stream, { ...message }, payload, onSent)) this.#isFull = true;
  }

  take(message: ToHost, payload: Buffer | undefined): void {
    switch (message.t) {
      case 'open':
        return void this.#open();
      case 'begin':
        return this.#begin(message.k, message.method, payload);
      case 'cancel': {
        const asked = this.#asked.get(message.k);
        asked?.line.cancel(asked.exchange, message.reason);
        return this.#end(message.k);
      }
      case 'end':
        return this.#end(message.k);
    }
  }

  /** Nobody waits for its answers any more. */
  leave(): void {
    for (const [k, { line, exchange }] of [...this.#asked]) {
      if (!exchange.settled) line.cancel(exchange, 'nobody waits for it any more');
      this.#end(k);
    }
  }

  async #open(): Promise<void> {
    try {
      const { line, fresh } = await this.#child.open();
      this.#line = line;
      const { said, offered, modern } = line;
      const spoken = { era: modern ? 'modern' : 'legacy', refused: false } as const;
      this.say({ t: 'opened', ...spoken, offered: [...offered], said, fresh });
    } catch (error) {
      const known = error instanceof McpError ? error : unavailable(this.#server, 'did not start');
      this.say({ t: 'refused', error: toldOf(known) });
    }
  }

  #begin(k: number, method: string, params: Buffer | undefined): void {
    const line = this.#line;
    if (line === undefined) return;
    const exchange = line.beginRaw(method, params);
    const hold = answers.hold(this.#caller);
    exchange.hold = hold;
    this.#asked.set(k, { exchange, line, hold });
    exchange.listen(() => this.#pass(k));
    line.send(exchange).catch((error: unknown) => exchange.fail(error));
  }

  #end(k: number): void {
    const asked = this.#asked.get(k);
    if (asked === undefined) return;
    this.#asked.delete(k);
    asked.exchange.fail(cancelled(this.#server));
    asked.exchange.end();
    asked.hold.release();
  }

  /** What is not taken waits in the exchange, which fails when it is too much. */
  #pass(k: number): void {
    const asked = this.#asked.get(k);
    while (asked !== undefined && !this.#isFull) {
      const event = asked.exchange.take();
      if (event === undefined) return;
      const last = isLast(event);
      if (last) {
        this.#asked.delete(k);
        asked.exchange.end();
      }
      this.#passOn(k, event, last ? () => asked.hold.release() : undefined);
      if (last) return;
    }
  }

  #passOn(k: number, event: CallEvent, onSent: (() => void) | undefined): void {
    switch (event.type) {
      case 'note':
        return this.say({ t: 'note', k, method: event.method }, event.params);
      case 'done':
        return this.say({ t: 'done', k, places: event.places }, event.result, onSent);
      case 'fail': {
        const { failure } = event;
        if (failure.kind === 'local') return this.say({ t: 'fail', k, failure }, undefined, onSent);
        return this.say({ t: 'answered', k }, failure.error, onSent);
      }
      default:
        // A child that callers share cannot ask anybody.
        return onSent?.();
    }
  }

  #drained(): void {
    this.#isFull = false;
    for (const k of [...this.#asked.keys()]) {
      if (this.#isFull) return;
      this.#pass(k);
    }
  }
}

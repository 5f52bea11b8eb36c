import type { Eventual } from '../../../../lib/flow/eventual.js';
import type { ChannelOwner, Channels } from '../streams/channels.js';
import { answerNow } from '../requests/exchange.js';
import type { Exchange, ReplyTo, Timing } from '../requests/exchange.js';
import { CallLimits } from './call-limits.js';
import { CallOutput } from './call-output.js';
import { responseFrame } from './frames.js';
import type { Answer, Frame } from './frames.js';
import { outcomeHeaders } from './outcome-headers.js';
import type { SpokenEra } from './outcome-headers.js';

export interface CallReplyOptions {
  readonly server: string;
  readonly spoken: SpokenEra;
  readonly channels: Channels;
  readonly timing: Timing;
  /** Who may come back to the call's stream; absent where nobody could. */
  readonly owner: ChannelOwner | undefined;
  /** Gives the call up: the client has left, or its credential has ended. */
  readonly abort: () => void;
  /** How long a call goes on without its client, in milliseconds. */
  readonly graceMs: number;
}

/**
 * The reply to one call: JSON when the answer comes first, a stream as soon as there is something to
 * show before it or nothing has come for a while.
 */
export class CallReply {
  readonly #exchange: Exchange;
  readonly #to: ReplyTo;
  readonly #server: string;
  readonly #spoken: SpokenEra;
  readonly #output: CallOutput;
  readonly #limits: CallLimits;
  readonly #startedAt = performance.now();

  constructor(exchange: Exchange, to: ReplyTo, options: CallReplyOptions) {
    this.#exchange = exchange;
    this.#to = to;
    this.#server = options.server;
    this.#spoken = options.spoken;
    const { channels, owner, timing, abort, graceMs } = options;
    const { silenceMs, heartbeatMs } = timing;
    const onSilence = () => this.#output.open();
    this.#limits = new CallLimits(exchange, { abort, graceMs, silenceMs, onSilence });
    this.#output = new CallOutput(exchange, {
      channels,
      owner,
      headers: () => this.#headers('stream'),
      heartbeatMs,
      onPresence: (present) => this.#limits.clientIs(present),
    });
  }

  /** Shows a message before the answer; dropped where the client takes none. */
  send(frame: Frame): Promise<void> {
    return this.#output.send(frame);
  }

  /**
   * Answers the call.
   * @param status where no stream has begun
   * @param hold where its bytes are counted, if not with the request
   * @throws McpError `overloaded` as `answerNow`
   */
  end(answer: Answer, status: number, hold = this.#exchange.hold): Eventual<void> {
    const { response, account } = this.#exchange;
    hold.onGiveWay(() => response.destroy());
    // The answer may take a while to be written: what would begin a stream or end the call is over.
    this.#limits.end();
    if (this.#output.started) return this.#output.end(responseFrame(this.#to.id, answer));
    const headers = {
      ...this.#headers(account.outcome),
      'x-mcp-upstream-ms': Math.round(performance.now() - this.#startedAt),
    };
    const exchange = hold === this.#exchange.hold ? this.#exchange : { ...this.#exchange, hold };
    return answerNow(exchange, this.#to, answer, { status, headers });
  }

  #headers(outcome: string): Readonly<Record<string, string>> {
    return outcomeHeaders(this.#server, outcome, this.#spoken.era);
  }

  /** Nothing more comes. */
  close(): void {
    this.#limits.end();
    this.#output.close();
  }
}

import type { OutgoingHttpHeaders } from 'node:http';
import type { Exchange } from '../requests/exchange.js';
import type { Frame } from './frames.js';
import { SseWriter } from './sse-writer.js';
import type { Channel } from '../streams/channel.js';
import type { ChannelOwner, Channels } from '../streams/channels.js';

export interface CallOutputOptions {
  readonly channels: Channels;
  /** Absent where the client could not come back, for want of a session. */
  readonly owner: ChannelOwner | undefined;
  /** Of the stream, when it begins. */
  readonly headers: () => OutgoingHttpHeaders;
  readonly heartbeatMs: number;
  /** Told when the client goes, and when it is back. */
  readonly onPresence: (present: boolean) => void;
}

/** Where a call's messages go: nowhere at first, to a stream as soon as it is opened. */
export class CallOutput {
  readonly #exchange: Exchange;
  readonly #options: CallOutputOptions;
  readonly #onClose = () => this.#options.onPresence(false);
  #channel: Channel | undefined;

  constructor(exchange: Exchange, options: CallOutputOptions) {
    this.#exchange = exchange;
    this.#options = options;
    const { response } = exchange;
    if (response.destroyed) options.onPresence(false);
    else response.once('close', this.#onClose);
  }

  get started(): boolean {
    return this.#channel !== undefined;
  }

  /** Begins the stream, where the client takes one and has not gone. */
  open(): void {
    const { response, accepts } = this.#exchange;
    if (this.#channel || !accepts.stream || response.destroyed || response.headersSent) return;
    response.off('close', this.#onClose);
    const { channels, owner, headers, heartbeatMs, onPresence } = this.#options;
    const writer = new SseWriter(response, heartbeatMs);
    writer.start(headers());
    this.#channel = channels.open(owner, onPresence);
    this.#channel.attach(writer, undefined);
  }

  /** Sends a message on the stream, opening it; dropped where there is none. */
  send(frame: Frame): Promise<void> {
    this.open();
    return this.#channel?.send(frame) ?? Promise.resolve();
  }

  /** Sends the last message. */
  end(frame: Frame): Promise<void> {
    return this.#channel?.end(frame) ?? Promise.resolve();
  }

  /** Nothing more comes. */
  close(): void {
    this.#exchange.response.off('close', this.#onClose);
    if (this.#channel && !this.#channel.ended) this.#channel.forget();
  }
}

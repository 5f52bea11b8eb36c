import type { Eventual } from '../../../../lib/flow/eventual.js';
import { McpError } from '../../../../lib/errors/errors.js';
import { log } from '../../../../lib/log.js';
import type { Ask } from '../../core/calls/call.js';
import { labelAsk } from '../../core/calls/label-ask.js';
import { progressToken, swapProgressToken } from '../../core/calls/progress-token.js';
import { errorObject, toMcpError } from '../../core/calls/rpc-error.js';
import type { AskedUser, Asks, Progress } from './asks.js';
import { notificationFrame, requestFrame } from '../answer/frames.js';
import type { Frame } from '../answer/frames.js';

const cannotAsk = new McpError('method_not_found', 'This client cannot be asked.');

/** The questions of one call, shown on its stream as requests (requirement H41). */
export class CallAsks {
  readonly #asks: Asks;
  readonly #asked: AskedUser;
  readonly #server: string;
  readonly #send: (frame: Frame) => Promise<void>;
  readonly #open = new Map<string, Ask>();

  constructor(
    asks: Asks,
    call: { readonly asked: AskedUser; readonly server: string },
    send: (frame: Frame) => Promise<void>,
  ) {
    this.#asks = asks;
    this.#asked = call.asked;
    this.#server = call.server;
    this.#send = send;
  }

  /** Shows a question; it is answered by `Asks.answer`, by its expiry, or not at all. */
  async show(ask: Ask): Promise<void> {
    if (ask.withdrawn.aborted) return;
    let id: string;
    try {
      id = this.#park(ask);
    } catch (error) {
      return ask.answer({ error: errorObject(toMcpError(error)) });
    }
    ask.withdrawn.addEventListener('abort', () => void this.#withdraw(id), { once: true });
    log('debug', 'client_asked', { server: this.#server, method: ask.method });
    const { params: asked } = swapProgressToken(ask.params, JSON.stringify(id));
    const params = labelAsk(this.#server, ask.method, asked);
    await this.#send(requestFrame(id, { method: ask.method, params }));
  }

  /** The call has its result. Questions that may be about another go on. */
  finish(): Eventual<void> {
    for (const [id, ask] of this.#open) if (ask.outlivesCall) this.#open.delete(id);
    return this.close();
  }

  /** The call is over: nobody waits for answers any more, and the client is told. */
  close(): Eventual<void> {
    return this.#open.size === 0 ? undefined : this.#closeAll();
  }

  async #closeAll(): Promise<void> {
    await Promise.all(
      [...this.#open].map(async ([id, ask]) => {
        await this.#withdraw(id);
        if (ask.outlivesCall) refuseAsk(ask);
      }),
    );
  }

  #park(ask: Ask): string {
    const id = this.#asks.park(
      this.#asked,
      (answer) => {
        this.#open.delete(id);
        ask.answer(answer);
      },
      () => void this.#tell(id),
      progressOn(ask),
    );
    this.#open.set(id, ask);
    return id;
  }

  async #withdraw(id: string): Promise<void> {
    this.#open.delete(id);
    if (this.#asks.drop(id)) await this.#tell(id);
  }

  async #tell(id: string): Promise<void> {
    const params = Buffer.from(JSON.stringify({ requestId: id }));
    await this.#send(notificationFrame({ method: 'notifications/cancelled', params }));
  }
}

/** The client shows progress under the question's own id, which nobody else knows. */
function progressOn({ params, progress }: Ask): Progress | undefined {
  const token = params && progressToken(params);
  return token && progress && { token, tell: progress };
}

/** Answers a question for a client that cannot be asked. */
export function refuseAsk(ask: Ask): void {
  ask.answer({ error: errorObject(cannotAsk) });
}

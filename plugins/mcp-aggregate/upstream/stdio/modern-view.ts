import type { ServerConfig } from '../../config/config.js';
import type { Exchange } from '../conversation/exchange.js';
import type { Line, LineHearing, LineRequest, LinkEvents, Party } from '../conversation/link.js';
import { LineSubscriptions } from '../modern/line-subscriptions.js';
import { listenMethod } from '../modern/listening.js';
import type { ChildLine } from './shared/child-line.js';

/**
 * One party's part in a child that keeps no sessions: what it wants to hear of is kept apart from what
 * others do, all else is the child's.
 */
export class ModernView implements Line {
  readonly modern = true;
  readonly separates = true;
  readonly #line: ChildLine;
  readonly #subscriptions: LineSubscriptions;

  /** @param hears whether changed lists are listened for */
  constructor(
    server: ServerConfig,
    line: ChildLine,
    options: {
      readonly party: Party;
      readonly events: LinkEvents;
      readonly hears: boolean;
      readonly onLost: () => void;
    },
  ) {
    this.#line = line;
    this.#subscriptions = new LineSubscriptions({
      ...options,
      server,
      begin: (params, more) => this.#beginStream({ method: listenMethod, params, ...more }),
      send: (exchange) => line.send(exchange),
    });
  }

  get offered(): ReadonlySet<string> {
    return this.#line.offered;
  }

  /** Whether it is part of this very child. */
  isOf(line: Line): boolean {
    return line === this.#line;
  }

  async setLogLevel(): Promise<void> {}

  begin(request: LineRequest): Exchange {
    const exchange = this.#line.begin(request);
    this.#subscriptions.watch(exchange, request);
    return exchange;
  }

  async send(exchange: Exchange): Promise<void> {
    if (await this.#subscriptions.take(exchange)) return;
    await this.#line.send(exchange);
  }

  listen(): Promise<void> {
    return this.#subscriptions.listen(this.#line.offered);
  }

  hearTasks(hearing: LineHearing): Promise<ReadonlySet<string>> {
    return this.#subscriptions.hearTasks(hearing);
  }

  rootsChanged(): void {}

  cancel(exchange: Exchange, reason: string): void {
    this.#line.cancel(exchange, reason);
  }

  close(): void {
    this.#subscriptions.close();
  }

  /** Over a pipe nothing ends by itself: the child is told that nobody listens any more. */
  #beginStream(request: LineRequest): Exchange {
    const exchange = this.#line.begin(request);
    const onAbort = () => this.#line.cancel(exchange, 'nobody listens any more');
    exchange.signal.addEventListener('abort', onAbort, { once: true });
    return exchange;
  }
}

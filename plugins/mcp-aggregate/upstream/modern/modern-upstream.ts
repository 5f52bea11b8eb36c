import type { ServerConfig } from '../../config/config.js';
import type { Call, CallEvent } from '../../core/calls/call.js';
import { itemKinds } from '../../core/items/item-kinds.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import type { ListedItems } from '../../core/calls/upstream-port.js';
import { answerOf } from '../conversation/answer.js';
import { CallScope } from '../call/call-scope.js';
import { failEvent, protocolBroken } from '../failure/failures.js';
import { countedList } from '../lists/fetched-lists.js';
import { listPages } from '../lists/list-pages.js';
import type { ListBounds } from '../lists/list-pages.js';
import type { ModernLine } from './modern-line.js';
import { retryParams } from './modern-params.js';
import { readModernResult } from './modern-result.js';

/**
 * A server of the era without sessions, as the core sees any server: what it wants to know comes as
 * an `ask` of the call, and the answers go to it with the call once more (design D7).
 */
export class ModernUpstream {
  readonly #server: ServerConfig;
  readonly #line: ModernLine;
  readonly #offered: ReadonlySet<string>;

  constructor(server: ServerConfig, line: ModernLine, offered: ReadonlySet<string>) {
    this.#server = server;
    this.#line = line;
    this.#offered = offered;
  }

  /** As `Upstream.call`. */
  async *call(call: Call): AsyncGenerator<CallEvent, void, undefined> {
    const { name, timeoutMs } = this.#server;
    const scope = new CallScope(name, timeoutMs, call.signal);
    try {
      yield* this.#once(call, scope);
    } catch (error) {
      yield failEvent(name, error);
    } finally {
      scope.dispose();
    }
  }

  /** As `Upstream.list`. */
  async list(kind: ItemKind, bounds: ListBounds, signal: AbortSignal): Promise<ListedItems> {
    const { list: method, member, capability } = itemKinds[kind];
    const { name, timeoutMs } = this.#server;
    const offered = this.#offered;
    if (!offered.has(capability)) return { items: [], offered };
    const meta = { capabilities: undefined, logLevel: undefined };
    return countedList(this.#server.key, async (hold, onPage) => {
      const listed = await listPages(name, member, bounds, async (params) => {
        const scope = new CallScope(name, timeoutMs, signal);
        try {
          const events = this.#line.send(method, params, meta, scope, hold);
          return onPage(await answerOf(name, method, events));
        } finally {
          scope.dispose();
        }
      });
      return { ...listed, offered, modern: true };
    });
  }

  async *#once(call: Call, scope: CallScope): AsyncGenerator<CallEvent, void, undefined> {
    const { name, trusted } = this.#server;
    const meta = { capabilities: trusted ? call.capabilities : undefined, logLevel: call.logLevel };
    const params = call.input
      ? retryParams(call.params, call.input.answers, call.input.state)
      : call.params;
    for await (const event of this.#line.send(call.method, params, meta, scope, call.hold)) {
      if (event.type !== 'done') {
        yield event;
        continue;
      }
      const read = readModernResult(event.result);
      if (read.type === 'complete') yield { ...event, modern: true };
      else if (read.type === 'unknown') {
        throw protocolBroken(name, 'sent a result of an unknown type');
      } else if (meta.capabilities === undefined && read.requests.length > 0) {
        throw protocolBroken(name, 'asks a client that cannot be asked');
      } else yield { type: 'input', requests: read.requests, state: read.state };
    }
  }
}

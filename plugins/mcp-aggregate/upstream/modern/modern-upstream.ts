import type { RawJson } from '../../../../lib/json/types.js';
import { McpError } from '../../../../lib/errors.js';
import type { ServerConfig } from '../../config/config.js';
import type { Ask, AskAnswer, Call, CallEvent } from '../../core/calls/call.js';
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
import type { InputRequest } from './modern-result.js';

/** A server that asks again and again is not listened to for ever. */
const mostRounds = 16;
const declined = Buffer.from('{"action":"cancel"}');

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
      yield* this.#rounds(call, scope);
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

  async *#rounds(call: Call, scope: CallScope): AsyncGenerator<CallEvent, void, undefined> {
    const { name, trusted } = this.#server;
    const meta = { capabilities: trusted ? call.capabilities : undefined, logLevel: call.logLevel };
    let { params } = call;
    for (let round = 0; round < mostRounds; round++) {
      let result: RawJson | undefined;
      for await (const event of this.#line.send(call.method, params, meta, scope, call.hold)) {
        if (event.type === 'done') result = event.result;
        else yield event;
      }
      if (result === undefined) return;
      const read = readModernResult(result);
      if (read.type === 'complete') return yield { type: 'done', result: read.result };
      if (read.type === 'unknown') throw protocolBroken(name, 'sent a result of an unknown type');
      if (meta.capabilities === undefined && read.requests.length > 0) {
        throw protocolBroken(name, 'asks a client that cannot be asked');
      }
      const answers = yield* this.#ask(read.requests, scope);
      params = retryParams(call.params, answers, read.state);
    }
    throw protocolBroken(name, `asked more than ${mostRounds} times in one call`);
  }

  /** Puts all questions of a result at once; the server's clock stands still meanwhile. */
  async *#ask(
    requests: readonly InputRequest[],
    scope: CallScope,
  ): AsyncGenerator<Ask, ReadonlyMap<string, RawJson>, undefined> {
    const answers: Promise<[string, RawJson]>[] = [];
    const resume = scope.pause();
    for (const request of requests) {
      let answer!: (given: AskAnswer) => void;
      const given = new Promise<AskAnswer>((resolve) => (answer = resolve));
      answers.push(given.then((said) => [request.key, this.#answerTo(request, said)]));
      yield { type: 'ask', ...request, answer, withdrawn: scope.signal };
    }
    try {
      return new Map(await scope.within(Promise.all(answers)));
    } finally {
      resume();
    }
  }

  /** Only results travel back: an elicitation that failed is one that the user has left. */
  #answerTo({ method }: InputRequest, said: AskAnswer): RawJson {
    if ('result' in said) return said.result;
    if (method === 'elicitation/create') return declined;
    const { name } = this.#server;
    throw new McpError('ask_unanswered', `the client did not answer what server ${name} asked`, {
      server: name,
    });
  }
}

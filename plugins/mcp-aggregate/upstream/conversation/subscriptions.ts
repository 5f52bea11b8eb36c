import { decodeString } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { Cancellation } from '../../../../lib/flow/cancellation.js';
import { McpError } from '../../../../lib/errors/errors.js';
import { log } from '../../../../lib/log.js';
import type { ServerConfig } from '../../config/config.js';
import type { CallEvent, Note } from '../../core/calls/call.js';
import { AnsweredError } from './answer.js';
import { askLine } from './ask-line.js';
import { CallScope } from '../call/call-scope.js';
import { CallerRefused } from '../credentials/credentials.js';
import { failEvent } from '../failure/failures.js';
import { partyKey } from './link.js';
import type { Line, Link, Party } from './link.js';
import { methods } from '../../../../lib/protocol/methods.js';

/** Pauses before a lost line is set up again, in milliseconds. */
export interface Pauses {
  readonly firstMs: number;
  readonly longestMs: number;
}

const subscribe = methods.subscribe;
const unsubscribe = methods.unsubscribe;
const nothing: RawJson = Buffer.from('{}');

/** Whether a method is about a subscription. */
export function isSubscribing(method: string): boolean {
  return method === subscribe || method === unsubscribe;
}

export interface SubscriptionsOptions {
  readonly server: Pick<ServerConfig, 'name' | 'timeoutMs'>;
  /** Asked for when it is needed: link and subscriptions know each other. */
  readonly link: () => Link;
  readonly onSaid: (conversation: string, note: Note) => void;
  readonly pauses: Pauses;
}

/**
 * What conversations have subscribed to at one server, each on its own line. The lines are held, and
 * where one is lost another takes its place with the same subscriptions; what may have changed
 * meanwhile is told as changed.
 */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  /** By conversation and URI: on whose line. */
  readonly #parties = new Map<string, Map<string, Party>>();
  /** The next pause of each line that is not back as it was. */
  readonly #nextPause = new Map<string, number>();
  readonly #waiting = new Set<string>();
  readonly #closing = new Cancellation();

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /** Whether a conversation has any. */
  has(conversation: string): boolean {
    return this.#parties.has(conversation);
  }

  /**
   * Takes note of what a request of its party changes.
   * @param run sends it to the server as this party's
   */
  async *follow(
    request: { readonly method: string; readonly params: RawJson | undefined },
    party: Party,
    run: (party: Party) => AsyncIterable<CallEvent>,
  ): AsyncGenerator<CallEvent, void, undefined> {
    const uri = uriOf(request.params);
    if (uri === undefined || party.conversation === undefined) return yield this.#refused();
    if (request.method === subscribe) yield* this.#subscribe(party, uri, run);
    else yield* this.#unsubscribe(party.conversation, uri, run);
  }

  /** The line of a party has been set up. */
  opened(party: Party, line: Line): void {
    if (this.#urisOf(party).length > 0) void this.#restore(party, line);
  }

  /** The line of a party has gone. */
  lost(party: Party): void {
    if (this.#urisOf(party).length > 0) void this.#reopen(party);
  }

  /** The lines of a conversation are ended, and held no more, by their link. */
  end(conversation: string): void {
    this.#parties.delete(conversation);
  }

  close(): void {
    this.#closing.abort();
    this.#parties.clear();
  }

  async *#subscribe(
    party: Party,
    uri: string,
    run: (party: Party) => AsyncIterable<CallEvent>,
  ): AsyncGenerator<CallEvent, void, undefined> {
    const link = this.#options.link();
    if (!link.separates(party)) return yield this.#refused();
    if (!link.hold(party)) return yield this.#tooMany();
    let last: CallEvent | undefined;
    try {
      // A server that keeps nothing for this client is not asked: it would tell all of them, or none.
      if (!(await link.open(party)).line.separates) return yield this.#refused();
      for await (const event of run(party)) {
        last = event;
        // Until the server has answered, nobody knows whether it keeps sessions at all.
        if (event.type === 'done' && !link.separates(party)) return yield this.#refused();
        if (event.type === 'done') this.#add(party, uri);
        yield event;
      }
    } catch (error) {
      yield failEvent(this.#options.server.name, error);
    } finally {
      if (last?.type !== 'done' || !link.separates(party)) this.#releaseIfUnused(party);
    }
  }

  async *#unsubscribe(
    conversation: string,
    uri: string,
    run: (party: Party) => AsyncIterable<CallEvent>,
  ): AsyncGenerator<CallEvent, void, undefined> {
    const party = this.#parties.get(conversation)?.get(uri);
    if (party === undefined) return yield { type: 'done', result: nothing };
    this.#remove(conversation, uri);
    try {
      yield* run(party);
    } finally {
      this.#releaseIfUnused(party);
    }
  }

  /** A conversation has each URI once: subscribed to with other rights, it is those that count. */
  #add(party: Party, uri: string): void {
    const conversation = party.conversation!;
    this.#options.link().hold(party);
    const own = this.#parties.get(conversation) ?? new Map<string, Party>();
    this.#parties.set(conversation, own);
    const before = own.get(uri);
    own.set(uri, party);
    if (before && partyKey(before) !== partyKey(party)) this.#releaseIfUnused(before);
  }

  #remove(conversation: string, uri: string): void {
    const own = this.#parties.get(conversation);
    own?.delete(uri);
    if (own?.size === 0) this.#parties.delete(conversation);
  }

  #releaseIfUnused(party: Party): void {
    if (this.#urisOf(party).length === 0) this.#options.link().release(party);
  }

  #urisOf(party: Party): string[] {
    const key = partyKey(party);
    const own = this.#parties.get(party.conversation ?? '') ?? [];
    return [...own].filter(([, other]) => partyKey(other) === key).map(([uri]) => uri);
  }

  /** Subscribes anew on a line that the server has no subscriptions on. */
  async #restore(party: Party, line: Line): Promise<void> {
    const { server, link } = this.#options;
    for (const uri of this.#urisOf(party)) {
      const scope = new CallScope(server.name, server.timeoutMs, this.#closing);
      const params = paramsOf(uri);
      try {
        await askLine(server.name, line, { method: subscribe, params }, scope);
      } catch (error) {
        if (!(error instanceof AnsweredError)) return link().forget(party, line);
        log('warn', 'subscription_not_restored', { server: server.name, code: error.rpcCode });
        this.#remove(party.conversation!, uri);
        this.#releaseIfUnused(party);
      } finally {
        scope.dispose();
      }
      const method = methods.resourceUpdated;
      this.#options.onSaid(party.conversation!, { type: 'note', method, params });
    }
    this.#nextPause.delete(partyKey(party));
  }

  /** Sets a line up again, with growing pauses while that fails. */
  async #reopen(party: Party): Promise<void> {
    const key = partyKey(party);
    if (this.#waiting.has(key)) return;
    const pause = this.#nextPause.get(key) ?? this.#options.pauses.firstMs;
    this.#nextPause.set(key, Math.min(this.#options.pauses.longestMs, pause * 2));
    this.#waiting.add(key);
    await sleep(pause * (0.5 + Math.random() / 2));
    this.#waiting.delete(key);
    if (this.#closing.aborted || this.#urisOf(party).length === 0) {
      this.#nextPause.delete(key);
      return;
    }
    try {
      await this.#options.link().open(party);
    } catch (error) {
      // The caller's own credential has ended: the line comes back with the caller.
      if (error instanceof CallerRefused) this.#nextPause.delete(key);
      else void this.#reopen(party);
    }
  }

  #refused(): CallEvent {
    const { name } = this.#options.server;
    const message = `server ${name} keeps no subscriptions for a client of its own`;
    return failEvent(name, new McpError('method_not_found', message, { server: name }));
  }

  #tooMany(): CallEvent {
    const { name } = this.#options.server;
    const message = `too many clients have subscriptions at server ${name}`;
    return failEvent(name, new McpError('subscription_limit', message, { server: name }));
  }
}

/** The URI that such a request names. */
export function uriOf(params: RawJson | undefined): string | undefined {
  const [uri] = params ? lastNamed(params, { start: 0, end: params.length }, 'uri') : [];
  return params && uri?.kind === 'string' ? decodeString(params, uri.value) : undefined;
}

function paramsOf(uri: string): RawJson {
  return Buffer.from(JSON.stringify({ uri }));
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}

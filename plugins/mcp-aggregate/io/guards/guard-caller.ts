import { McpError } from '../../../../lib/errors/errors.js';
import { FairShare } from '../../../../lib/flow/fair-share.js';
import { userKey } from '../../../../lib/identity/identity.js';
import { namesOnce } from '../../../../lib/json/names-once.js';
import { log } from '../../../../lib/log.js';
import { boundedRequest } from '../../../../lib/outbound/bounded-request.js';
import { OutboundError } from '../../../../lib/outbound/outbound-error.js';
import { outboundFetch } from '../../../../lib/outbound/outbound-fetch.js';
import { visible } from '../../../../lib/visible.js';
import type { CallEvent } from '../../core/calls/call.js';
import { GuardFault, UnfollowedAnswer } from '../../core/guards/guard.js';
import type { Guard, GuardAnswer, GuardConfig, GuardQuestion } from '../../core/guards/guard.js';
import { readAnswer } from '../../core/guards/read-answer.js';
import { replaceTexts } from '../../core/guards/replace-texts.js';
import { Circuits } from '../../upstream/circuits/circuits.js';
import { guardRequests } from '../operations/figures.js';

/** Questions to one guard at a time, fairly shared between callers. */
const mostAtOnce = 64;
const circuit = { failures: 5, openMs: 10_000 };
const mostMembers = 10_000;
const logEveryMs = 10_000;

type Outcome = GuardAnswer['action'] | 'unavailable' | 'unguarded' | 'refused';
const passed: CallEvent = { type: 'done', result: Buffer.from('{}') };

/** Asks one guard, within its bounds. */
export class GuardCaller implements Guard {
  readonly config: GuardConfig;
  readonly #endpoint: string;
  readonly #fetch: ReturnType<typeof outboundFetch>;
  readonly #places = new FairShare(mostAtOnce);
  readonly #circuits: Circuits;
  readonly #counts: Partial<Record<Outcome, number>> = {};
  #lastError: string | undefined;
  #loggedAt = -Infinity;
  #unsaid = 0;

  constructor(config: GuardConfig, endpoint: string) {
    this.config = config;
    this.#endpoint = endpoint;
    // Who is given a place must not wait for a connection that another caller keeps.
    this.#fetch = outboundFetch({ ...config.outbound, connections: mostAtOnce });
    this.#circuits = new Circuits(`guard ${config.name}`, circuit);
  }

  get circuit(): Circuits['state'] {
    return this.#circuits.state;
  }

  /** What an operator is told. */
  status(): object {
    const { name, on, failsOpen } = this.config;
    return {
      name,
      on: [...on],
      fail: failsOpen ? 'open' : 'closed',
      circuit: this.circuit,
      in_flight: this.#places.taken,
      answers: { ...this.#counts },
      last_error: this.#lastError ?? null,
    };
  }

  async judge(question: GuardQuestion): Promise<Buffer> {
    const { given, on } = question;
    const { maxBytes } = this.config;
    if (given.length > maxBytes && on === 'request') {
      // Whoever calls must not choose to be unguarded.
      this.#count(on, 'refused');
      const why = `the guard ${this.config.name} looks at ${maxBytes} bytes of arguments at most`;
      throw new McpError('guard_denied', why, { guard: this.config.name });
    }
    let answer: GuardAnswer;
    let made = given;
    try {
      this.#check(question);
      answer = await this.#inTurn(question);
      if (answer.action === 'replace') made = replaceTexts(on, given, answer.replacements);
    } catch (error) {
      return this.#unavailable(question, error);
    }
    this.#count(on, answer.action);
    if (answer.action === 'deny') {
      const why = visible(answer.reason ?? `the guard ${this.config.name} does not allow this`);
      throw new McpError('guard_denied', why, { guard: this.config.name });
    }
    return made;
  }

  /** Of a result, whether a guard and the client read the same in it. @throws GuardFault */
  #check({ on, given }: GuardQuestion): void {
    if (on === 'request') return;
    const { maxBytes } = this.config;
    if (given.length > maxBytes) throw new GuardFault(`a result has more than ${maxBytes} bytes`);
    if (!namesOnce(given, mostMembers)) {
      throw new GuardFault('a result has a name twice in an object, or too many members');
    }
  }

  async #inTurn(question: GuardQuestion): Promise<GuardAnswer> {
    const { identity } = question.caller;
    const user = userKey(identity);
    const refused = this.#circuits.refusal(undefined, identity);
    if (refused !== undefined) throw new GuardFault('is left alone: it has failed before');
    if (!this.#places.take(user)) {
      this.#circuits.settle(undefined, this.#circuits.mark, undefined, identity);
      throw new McpError('overloaded', `the guard ${this.config.name} has too much to do`);
    }
    const { mark } = this.#circuits;
    let verdict: CallEvent | undefined;
    try {
      const answer = await this.#ask(question);
      verdict = passed;
      return answer;
    } catch (error) {
      // A caller could else send what no guard can replace until nobody is asked any more.
      if (error instanceof UnfollowedAnswer) verdict = passed;
      else if (!(error instanceof McpError)) verdict = failure(error);
      throw error;
    } finally {
      this.#places.give(user);
      this.#circuits.settle(undefined, mark, verdict, identity);
    }
  }

  async #ask(question: GuardQuestion): Promise<GuardAnswer> {
    const { url, headers, timeoutMs, maxBytes } = this.config;
    const { signal, span } = question;
    const stop = new AbortController();
    const leave = () => stop.abort();
    const timer = setTimeout(leave, timeoutMs);
    signal.addEventListener('abort', leave, { once: true });
    try {
      if (signal.aborted) throw cancelled();
      const { status, text } = await boundedRequest(this.#fetch, url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
        body: questionText(question),
        signal: stop.signal,
        maxBytes,
        purpose: 'guard',
        parent: span,
      });
      if (status !== 200) throw new GuardFault(`answered HTTP ${status}`);
      return readAnswer(text);
    } catch (error) {
      throw signal.aborted ? cancelled() : error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
    }
  }

  /** What was given, where the guard fails open. @throws McpError */
  #unavailable({ on, given }: GuardQuestion, error: unknown): Buffer {
    // Neither a caller with too many calls nor one that leaves passes a guard that fails open.
    if (error instanceof McpError) throw error;
    if (!(error instanceof GuardFault) && !(error instanceof OutboundError)) throw error;
    const { name } = this.config;
    const passes = this.config.failsOpen && !(error instanceof UnfollowedAnswer);
    // An address is not for the page of operators.
    this.#lastError = error instanceof OutboundError ? error.code : error.message;
    this.#count(on, passes ? 'unguarded' : 'unavailable');
    this.#say(on, error.message, passes);
    if (passes) return given;
    const why = `the guard ${name} cannot be asked: the call is refused`;
    throw new McpError('guard_unavailable', why, { guard: name });
  }

  #count(on: string, outcome: Outcome): void {
    this.#counts[outcome] = (this.#counts[outcome] ?? 0) + 1;
    guardRequests.series.get([this.#endpoint, this.config.name, on, outcome]).add();
  }

  #say(on: string, reason: string, passes: boolean): void {
    const now = performance.now();
    if (now - this.#loggedAt < logEveryMs) {
      this.#unsaid++;
      return;
    }
    const event = passes ? 'guard_failed_open' : 'guard_unavailable';
    const guard = this.config.name;
    const fields = { endpoint: this.#endpoint, guard, on, reason, unsaid: this.#unsaid };
    log(passes ? 'error' : 'warn', event, fields);
    this.#loggedAt = now;
    this.#unsaid = 0;
  }
}

function questionText({ on, tool, server, given, caller, requestId }: GuardQuestion): string {
  const { subject, issuer, clientId, scopes } = caller.identity;
  const head = JSON.stringify({
    on,
    method: 'tools/call',
    name: tool,
    server,
    caller: { subject, issuer, client_id: clientId, scopes },
    request_id: requestId,
  });
  const member = on === 'request' ? 'arguments' : 'result';
  return `${head.slice(0, -1)},"${member}":${given.toString('utf8')}}`;
}

function failure(error: unknown): CallEvent {
  const isTimeout = error instanceof OutboundError && error.code === 'timeout';
  const code = isTimeout ? 'upstream_timeout' : 'upstream_unavailable';
  const message = error instanceof Error ? error.message : '';
  return { type: 'fail', failure: { kind: 'local', code, message } };
}

function cancelled(): McpError {
  return new McpError('cancelled', 'the call was cancelled');
}

import { McpError } from '../../../lib/errors.js';
import { log } from '../../../lib/log.js';
import type { CallEvent, Failure } from '../core/call.js';
import type { CircuitState } from '../core/upstream-port.js';
import { userKey } from '../../../lib/identity.js';
import type { Identity } from '../../../lib/identity.js';
import { Circuit } from './circuit.js';
import type { CircuitOptions, User } from './circuit.js';
import { withoutServer } from './reason.js';

/** Tools with failures are remembered; of more than these, the ones that failed first are not. */
const mostTools = 1024;

/**
 * The circuit of one server and those of its tools (design D12). Only failures of the way count:
 * what a server answers, be it an error, proves that the way is there. A tool that fails by itself
 * closes itself only: the server's circuit opens where several tools fail, or calls other than of
 * tools. Either opens for all where several users have failed, else for the one who has.
 */
export class Circuits {
  readonly #name: string;
  readonly #options: CircuitOptions;
  readonly #now: () => number;
  readonly #server: Circuit;
  /** By name, those that have failed since they last succeeded. */
  readonly #tools = new Map<string, Circuit>();
  #counted = 0;
  #failing: string | undefined;
  #severalFail = false;
  #why = '';

  constructor(name: string, options: CircuitOptions, now: () => number = Date.now) {
    this.#name = name;
    this.#options = options;
    this.#now = now;
    this.#server = new Circuit(options);
  }

  get state(): CircuitState {
    return this.#server.closed ? 'closed' : this.#server.state(this.#now());
  }

  /** Names of tools whose circuits are not closed. */
  get openTools(): readonly string[] {
    return [...this.#tools].flatMap(([name, circuit]) => (circuit.closed ? [] : [name]));
  }

  /** Names the present moment: of calls that a broken connection ends together, one counts. */
  get mark(): number {
    return this.#counted;
  }

  /**
   * Why a call must not be sent now; undefined where it may, and then `settle` has to be told of it.
   * @param tool its name at the server, from the catalogue; absent for calls of anything else
   * @param caller whose call it is; absent where it is nobody's in particular
   */
  refusal(tool: string | undefined, caller?: Identity): McpError | undefined {
    if (this.#server.closed && this.#tools.size === 0) return undefined;
    const now = this.#now();
    const user = userOf(caller);
    const own = tool === undefined ? undefined : this.#tools.get(tool);
    const wait = this.#server.wait(now, user);
    if (wait !== 0) return this.#refuse(this.#server, wait, now);
    const ownWait = own ? own.wait(now, user) : 0;
    if (own && ownWait !== 0) return this.#refuse(own, ownWait, now, tool);
    this.#server.pass(user);
    own?.pass(user);
    return undefined;
  }

  /** A call of `tool` that passed ended by this event; undefined where nobody waited for its end. */
  settle(
    tool: string | undefined,
    mark: number,
    event: CallEvent | undefined,
    caller?: Identity,
  ): void {
    const own = tool === undefined ? undefined : this.#tools.get(tool);
    const verdict = event === undefined ? 'undecided' : verdictOf(event);
    if (verdict === 'succeeded') this.#succeeded(tool, own);
    else if (verdict === 'failed' && event?.type === 'fail')
      this.#failed(tool, mark, event.failure, userOf(caller));
    else {
      this.#server.undecided();
      own?.undecided();
    }
  }

  #succeeded(tool: string | undefined, own: Circuit | undefined): void {
    this.#failing = undefined;
    this.#severalFail = false;
    if (this.#server.succeeded()) this.#say('info', 'circuit_closed');
    if (own === undefined || tool === undefined) return;
    this.#tools.delete(tool);
    if (own.succeeded()) this.#say('info', 'circuit_closed', { tool });
  }

  #failed(tool: string | undefined, mark: number, failure: Failure, user: User): void {
    const timeout = failure.kind === 'local' && failure.code === 'upstream_timeout';
    if (!timeout && mark !== this.#counted) {
      this.#server.undecided();
      if (tool !== undefined) this.#tools.get(tool)?.undecided();
      return;
    }
    this.#counted++;
    this.#why = failure.kind === 'local' ? withoutServer(this.#name, failure.message) : '';
    this.#severalFail ||=
      tool === undefined || (this.#failing !== undefined && this.#failing !== tool);
    this.#failing = tool;
    const now = this.#now();
    this.#open(this.#server, this.#server.failed(now, user, !this.#severalFail));
    if (tool === undefined) return;
    const own = this.#circuitOf(tool);
    this.#open(own, own.failed(now, user), tool);
  }

  #circuitOf(tool: string): Circuit {
    const known = this.#tools.get(tool);
    if (known) return known;
    const eldest = this.#tools.size < mostTools ? undefined : this.#tools.keys().next().value;
    if (eldest !== undefined) this.#tools.delete(eldest);
    const circuit = new Circuit(this.#options);
    this.#tools.set(tool, circuit);
    return circuit;
  }

  #open({ failures, concernsAll }: Circuit, pause: number | undefined, tool?: string): void {
    if (pause === undefined) return;
    const callers = concernsAll ? 'all' : 'one';
    const fields = { failures, callers, reason: this.#why, retry_in_ms: pause };
    this.#say('warn', 'circuit_opened', { ...(tool === undefined ? {} : { tool }), ...fields });
  }

  #say(
    level: 'info' | 'warn',
    event: string,
    fields: Readonly<Record<string, unknown>> = {},
  ): void {
    log(level, event, { server: this.#name, ...fields });
  }

  #refuse(circuit: Circuit, wait: number | undefined, now: number, tool?: string): McpError {
    const subject = tool === undefined ? '' : `is not asked for its tool ${tool}, which`;
    const failed = `${subject || 'is left alone: it'} failed ${circuit.failures} times in a row${circuit.concernsAll ? '' : ' for this caller'}`;
    const when =
      wait === undefined ? 'it is being tried now' : `it is tried again in ${seconds(wait)}`;
    return new McpError('circuit_open', `server ${this.#name} ${failed}; ${when}`, {
      server: this.#name,
      ...(tool === undefined ? {} : { tool }),
      state: circuit.state(now),
      ...(wait === undefined ? {} : { retry_after_ms: Math.ceil(wait) }),
    });
  }
}

/** Whichever client they use: anyone may register another. */
function userOf(caller: Identity | undefined): User {
  return caller && userKey(caller);
}

/** What an event says of the way to the server. */
function verdictOf(event: CallEvent): 'succeeded' | 'failed' | 'undecided' {
  // Whoever asks a question, or answers with an error of its own, is there.
  if (event.type !== 'fail' || event.failure.kind === 'answered') return 'succeeded';
  const { code, data } = event.failure;
  // A status below 500 may be about one caller, or one call.
  const status = data?.['status'];
  if (typeof status === 'number') return status < 500 ? 'undecided' : 'failed';
  if (code === 'upstream_timeout' || code === 'upstream_protocol') return 'failed';
  // Nor is the way broken where the server is ready, and only this caller has no credential for it.
  if (data?.['state'] === 'ready') return 'undecided';
  // A call that was not even sent says nothing new.
  const sent = data?.['retry_after_ms'] === undefined;
  return code === 'upstream_unavailable' && sent ? 'failed' : 'undecided';
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}

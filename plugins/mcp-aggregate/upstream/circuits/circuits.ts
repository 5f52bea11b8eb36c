import { LRUCache } from 'lru-cache';
import { McpError } from '../../../../lib/errors/errors.js';
import { log } from '../../../../lib/log.js';
import { userKey } from '../../../../lib/identity/identity.js';
import type { Identity } from '../../../../lib/identity/identity.js';
import type { CallEvent, Failure } from '../../core/calls/call.js';
import type { CircuitState } from '../../core/calls/upstream-port.js';
import { withoutServer } from '../failure/reason.js';
import type { CircuitOptions } from './circuit.js';
import { JointCircuit } from './joint-circuit.js';
import { OwnCircuits } from './own-circuits.js';
import { verdictOf } from './verdict.js';

/** Tools with failures are remembered; of more than these, the ones that failed first are not. */
const mostTools = 1024;

/** What is asked of a circuit that may hold a call back. */
interface Gate {
  readonly wait: number | undefined;
  readonly state: CircuitState;
  readonly failed: string;
  readonly tool?: string | undefined;
}

/**
 * The circuits of one server and of its tools (design D12): for each of them one that concerns all,
 * and one for each user whose calls have failed, so that nobody closes anything to others. Only
 * failures of the way count: what a server answers, be it an error, proves that the way is there. A
 * tool that fails by itself closes itself only: the server's circuit opens where several tools fail,
 * or calls other than of tools.
 */
export class Circuits {
  readonly #name: string;
  readonly #options: CircuitOptions;
  readonly #now: () => number;
  readonly #onFailed: () => void;
  readonly #server: JointCircuit;
  /** By name, those that have failed since they last succeeded. */
  readonly #tools = new LRUCache<string, JointCircuit>({ max: mostTools });
  readonly #own: OwnCircuits;
  #counted = 0;

  /** @param onFailed told of each failure that counts */
  constructor(
    name: string,
    options: CircuitOptions,
    now: () => number = Date.now,
    onFailed: () => void = () => {},
  ) {
    this.#name = name;
    this.#options = options;
    this.#now = now;
    this.#onFailed = onFailed;
    this.#server = new JointCircuit(options, false);
    this.#own = new OwnCircuits(options);
  }

  /** That of the server for all where it is not closed, else that of a user whom it holds back. */
  get state(): CircuitState {
    const now = this.#now();
    if (!this.#server.closed) return this.#server.state(now);
    let state: CircuitState = 'closed';
    for (const { circuit, tool } of this.#own.notClosed()) {
      if (tool !== undefined) continue;
      state = circuit.state(now);
      if (state === 'open') break;
    }
    return state;
  }

  /** Whether no failure is remembered. */
  get quiet(): boolean {
    return this.#own.empty && this.#server.closed && this.#tools.size === 0;
  }

  /** Names of tools whose circuits are not closed, to all or to a user. */
  get openTools(): readonly string[] {
    const names = new Set<string>();
    for (const { tool } of this.#own.notClosed()) if (tool !== undefined) names.add(tool);
    for (const [tool, circuit] of this.#tools.entries()) if (!circuit.closed) names.add(tool);
    return [...names];
  }

  /** Names the present moment: of one user's calls that a broken connection ends together, one counts. */
  get mark(): number {
    return this.#counted;
  }

  /**
   * Why a call must not be sent now; undefined where it may, and then `settle` has to be told of it.
   * @param tool its name at the server, from the catalogue; absent for calls of anything else
   * @param caller whose call it is; absent where it is nobody's in particular
   */
  refusal(tool: string | undefined, caller?: Identity): McpError | undefined {
    if (this.quiet) return undefined;
    const now = this.#now();
    const user = userOf(caller);
    for (const gate of this.#gates(now, user, tool, caller && ' for this caller')) {
      if (gate.wait !== 0) return this.#refuse(gate);
    }
    this.#server.pass(user);
    this.#own.of(user)?.pass();
    if (tool === undefined) return undefined;
    this.#tools.get(tool)?.pass(user);
    this.#own.of(user, tool)?.pass();
    return undefined;
  }

  /** A call of `tool` that passed ended by this event; undefined where nobody waited for its end. */
  settle(
    tool: string | undefined,
    mark: number,
    event: CallEvent | undefined,
    caller?: Identity,
  ): void {
    const verdict = event === undefined ? 'undecided' : verdictOf(event);
    if (verdict !== 'failed' && this.quiet) return;
    const user = userOf(caller);
    if (verdict === 'succeeded') this.#succeeded(tool, user);
    else if (verdict === 'failed' && event?.type === 'fail' && this.#isNews(event, mark, user))
      this.#failed(tool, user, event.failure);
    else this.#undecided(tool, user);
  }

  *#gates(now: number, user: string, tool: string | undefined, who = ''): Generator<Gate> {
    for (const name of tool === undefined ? [undefined] : [undefined, tool]) {
      const joint = name === undefined ? this.#server : this.#tools.get(name);
      if (joint && !joint.closed) {
        const failed = `failed ${joint.users} callers in a row`;
        yield { wait: joint.wait(now, user), state: joint.state(now), failed, tool: name };
      }
      const own = this.#own.of(user, name);
      if (own && !own.closed) {
        const failed = `failed ${own.failures} times in a row${who}`;
        yield { wait: own.wait(now), state: own.state(now), failed, tool: name };
      }
    }
  }

  #isNews({ failure }: CallEvent & { type: 'fail' }, mark: number, user: string): boolean {
    const timeout = failure.kind === 'local' && failure.code === 'upstream_timeout';
    return timeout || (this.#own.of(user)?.last ?? 0) <= mark;
  }

  #succeeded(tool: string | undefined, user: string): void {
    const ownWasOpen = this.#own.succeeded(user);
    if (this.#server.succeeded()) {
      // It was the server: what single users met is explained by it.
      this.#own.clear();
      this.#say('info', 'circuit_closed', { callers: 'all' });
    } else if (ownWasOpen) this.#say('info', 'circuit_closed', { callers: 'one' });
    if (tool === undefined) return;
    const ofTool = this.#own.succeeded(user, tool);
    const wasOpen = this.#tools.get(tool)?.succeeded() === true;
    this.#tools.delete(tool);
    if (wasOpen) this.#own.clear(tool);
    if (!wasOpen && !ofTool) return;
    this.#say('info', 'circuit_closed', { tool, callers: wasOpen ? 'all' : 'one' });
  }

  #undecided(tool: string | undefined, user: string): void {
    this.#server.undecided(user);
    this.#own.of(user)?.undecided();
    if (tool === undefined) return;
    this.#tools.get(tool)?.undecided(user);
    this.#own.of(user, tool)?.undecided();
  }

  #failed(tool: string | undefined, user: string, failure: Failure): void {
    const why = failure.kind === 'local' ? withoutServer(this.#name, failure.message) : '';
    const now = this.#now();
    const opened = (pause: number | undefined, callers: 'one' | 'all', fields: object) => {
      if (pause === undefined) return;
      const all = { ...fields, callers, reason: why, retry_in_ms: pause };
      this.#say('warn', 'circuit_opened', all);
    };
    const own = this.#own.make(user);
    own.last = ++this.#counted;
    this.#onFailed();
    opened(own.failed(now, tool, false), 'one', { failures: own.failures });
    opened(this.#server.failed(now, user, tool), 'all', { users: this.#server.users });
    if (tool === undefined) return;
    const ofTool = this.#own.make(user, tool);
    opened(ofTool.failed(now, tool, true), 'one', { tool, failures: ofTool.failures });
    const joint = this.#tools.get(tool) ?? new JointCircuit(this.#options, true);
    this.#tools.set(tool, joint);
    opened(joint.failed(now, user, tool), 'all', { tool, users: joint.users });
  }

  #say(level: 'info' | 'warn', event: string, fields: object): void {
    log(level, event, { server: this.#name, ...fields });
  }

  #refuse({ wait, state, failed, tool }: Gate): McpError {
    const subject =
      tool === undefined ? 'is left alone: it' : `is not asked for its tool ${tool}, which`;
    const when =
      wait === undefined
        ? 'it is being tried now'
        : `it is tried again in ${Math.ceil(wait / 1000)} s`;
    return new McpError('circuit_open', `server ${this.#name} ${subject} ${failed}; ${when}`, {
      server: this.#name,
      ...(tool === undefined ? {} : { tool }),
      state,
      ...(wait === undefined ? {} : { retry_after_ms: Math.ceil(wait) }),
    });
  }
}

/** Whichever client they use: anyone may register another. */
function userOf(caller: Identity | undefined): string {
  return caller === undefined ? '' : userKey(caller);
}

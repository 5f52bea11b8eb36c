import { log } from '../../../../lib/log.js';
import type { ServerSaid, UpstreamState, UpstreamStatus } from '../../core/calls/upstream-port.js';
import { unavailable } from './failures.js';
import type { UpstreamTuning } from '../upstream-deps.js';

/** Failures further apart than this are not counted together. */
const forgetAfterMs = 60_000;
/** Longer pauses that a server asks for are cut to this: it may have erred. */
const longestWishMs = 60_000;

/** What is said beside the reason while nothing is tried. */
const notYet = '; it is not tried again yet';

/** The reason alone. */
export function withoutPause(why: string): string {
  return why.endsWith(notYet) ? why.slice(0, -notYet.length) : why;
}

export interface HealthOptions {
  readonly tuning: Pick<UpstreamTuning, 'backoffBaseMs' | 'backoffMaxMs'>;
  readonly now?: () => number;
  readonly random?: () => number;
  /** Told when it is not `ready` any more. */
  readonly onFailed?: () => void;
}

/** What is known of the way to one server, and when it may be tried again. */
export class Health {
  readonly #server: string;
  readonly #options: HealthOptions;
  #state: UpstreamState = 'idle';
  #lastError: string | undefined;
  #said: ServerSaid | undefined;
  #failures = 0;
  #failuresEver = 0;
  #failedAt = -Infinity;
  #retryAt = 0;

  constructor(server: string, options: HealthOptions) {
    this.#server = server;
    this.#options = options;
  }

  get status(): Pick<UpstreamStatus, 'state' | 'lastError' | 'retryInMs' | 'said'> {
    const wait = Math.ceil(this.#retryAt - this.#now());
    return {
      state: this.#state,
      lastError: this.#lastError,
      retryInMs: wait > 0 ? wait : undefined,
      said: this.#said,
    };
  }

  /** @throws McpError `upstream_unavailable` while backing off */
  admit(): void {
    const wait = this.#retryAt - this.#now();
    if (wait <= 0) return;
    const why = this.#lastError ?? 'failed';
    throw unavailable(this.#server, `${why}${notYet}`, this.#state, {
      retry_after_ms: Math.ceil(wait),
    });
  }

  /** Names the present moment: of attempts that ran side by side, one failure counts. */
  mark(): number {
    return this.#failuresEver;
  }

  /** An attempt to connect begins; answers its mark. */
  connecting(): number {
    if (this.#state !== 'ready') this.#state = 'connecting';
    return this.mark();
  }

  /** @param said what the server says it is */
  succeeded(said?: ServerSaid): void {
    this.#said = said ?? this.#said;
    if (this.#state !== 'ready') log('info', 'upstream_ready', { server: this.#server });
    this.#state = 'ready';
    this.#lastError = undefined;
    this.#retryAt = 0;
  }

  /**
   * Notes a failure and backs off: exponential, bounded, with jitter. Failures add up although
   * attempts between them succeed, so that a server that starts and dies is not restarted for ever.
   * @param why continues the sentence "server NAME …"; fit for a client
   * @param mark of the moment the attempt began
   * @param free so many failures of a row cost no pause
   * @param wishedMs the pause that the server itself asks for, heeded up to a minute
   */
  failed(why: string, mark: number, free = 0, wishedMs = 0): void {
    if (mark !== this.#failuresEver) return;
    this.#failuresEver++;
    const { backoffBaseMs, backoffMaxMs } = this.#options.tuning;
    const now = this.#now();
    this.#failures = now - this.#failedAt > forgetAfterMs + backoffMaxMs ? 1 : this.#failures + 1;
    this.#failedAt = now;
    const doublings = this.#failures - 1 - free;
    const full = doublings < 0 ? 0 : Math.min(backoffMaxMs, backoffBaseMs * 2 ** doublings);
    const own = full * (0.5 + (this.#options.random ?? Math.random)() / 2);
    const pause = Math.max(own, Math.min(wishedMs, longestWishMs));
    this.#retryAt = now + pause;
    this.#state = 'failing';
    this.#lastError = why;
    const fields = { server: this.#server, reason: why, retry_in_ms: Math.round(pause) };
    log('warn', 'upstream_failing', fields);
    this.#options.onFailed?.();
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

import { Cancellation } from '../../../../lib/flow/cancellation.js';
import { rpcCodes } from '../../../../lib/protocol/rpc-codes.js';
import type { ServerConfig } from '../../config/config.js';
import { CallScope } from '../call/call-scope.js';
import { refusesEra } from '../eras/refuses-era.js';
import type { Refused } from '../http/answers/refusal.js';

/** A server is asked no longer than this whether it still speaks the era, in milliseconds. */
const mostMs = 5_000;
/** Nor again so soon after it said so. */
const trustedMs = 5_000;

/** Codes by which a request is refused that is not of the server's era. */
export const doubtful: ReadonlySet<number> = new Set([
  rpcCodes.invalidRequest,
  rpcCodes.methodNotFound,
  rpcCodes.noConnection,
  rpcCodes.unknownSession,
  rpcCodes.unsupportedVersion,
]);

/**
 * Finds out whether a refusal means that a server which spoke the era without sessions has been
 * replaced by one that does not: its own `server/discover` decides.
 */
export class EraCheck {
  readonly #server: ServerConfig;
  readonly #discover: (scope: CallScope) => Promise<void>;
  #flight: Promise<boolean> | undefined;
  #spokeAt = -Infinity;

  constructor(server: ServerConfig, discover: (scope: CallScope) => Promise<void>) {
    this.#server = server;
    this.#discover = discover;
  }

  /**
   * Whether the era is lost, and the refused request was not worked on: statuses of 4xx say so, and
   * errors by these codes.
   */
  async isLost({ httpStatus, answer, said }: Refused): Promise<boolean> {
    if (answer === undefined && (httpStatus < 400 || httpStatus >= 500)) return false;
    if ([401, 403, 408, 413, 429].includes(httpStatus)) return false;
    if (answer !== undefined && !doubtful.has(said?.code ?? NaN)) return false;
    if (performance.now() - this.#spokeAt < trustedMs) return false;
    this.#flight ??= this.#ask().finally(() => (this.#flight = undefined));
    return this.#flight;
  }

  async #ask(): Promise<boolean> {
    const { name, timeoutMs } = this.#server;
    const scope = new CallScope(name, Math.min(mostMs, timeoutMs), new Cancellation());
    try {
      await this.#discover(scope);
      this.#spokeAt = performance.now();
      return false;
    } catch (error) {
      return refusesEra(error);
    } finally {
      scope.dispose();
    }
  }
}

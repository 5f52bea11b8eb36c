import { errorBody } from '../../../lib/errors/error-body.js';
import { McpError } from '../../../lib/errors/errors.js';
import type { KongPort } from '../../../lib/kong/kong-port.js';
import type { PdkInstance } from '../pdk/kong-pdk.js';
import type { Refusal, Refusals } from './refusals.js';

const error = new McpError(
  'configuration_refused',
  'this address is not served: its configuration is refused, and the log of the gateway says why',
);
const headers = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-mcp-outcome': error.code,
};

/**
 * Stands where a plugin refuses its configuration: nothing passes, as without it, but the caller
 * learns that it is no fault of his, and Kong's own error log names the reason. Once for each
 * instance: strangers can send any number of requests.
 */
export class RefusedPlugin {
  readonly #refusal: Refusal;
  readonly #refusals: Refusals;
  #told = false;

  constructor(refusal: Refusal, refusals: Refusals) {
    this.#refusal = refusal;
    this.#refusals = refusals;
  }

  /** Answers every request of the route 503. */
  async access(kong: KongPort): Promise<void> {
    this.#refusals.asked(this.#refusal);
    if (!this.#told) {
      this.#told = true;
      await this.#tell(kong);
    }
    await kong.response.exit(error.status, errorBody(error), headers);
  }

  async #tell(kong: KongPort): Promise<void> {
    const route = await kong.router.getRoute();
    this.#refusal.route = route?.name ?? route?.id;
    await kong.log.err(tellingOf(this.#refusal));
  }
}

/** One line for operators. */
export function tellingOf({ plugin, route, owner, reason }: Refusal): string {
  const where = route ?? owner;
  const place = where === undefined ? '' : ` of ${where}`;
  return `${plugin}: the configuration${place} is refused, every request is answered 503: ${reason}`;
}

/** The plugin as the host keeps a started one. */
export function refusedInstance(refusal: Refusal, refusals: Refusals): PdkInstance {
  const plugin = new RefusedPlugin(refusal, refusals);
  const started = Date.now() / 1000;
  return {
    resetExpireTs: () => plugin,
    getName: () => refusal.plugin,
    getStartTime: () => started,
    close: () => undefined,
  };
}

import type { RawJson } from '../../../lib/json/types.js';
import type { Clock } from './clock.js';
import { unavailable } from './served.js';
import type { Served } from './served.js';
import type { ToolIndex } from './tool-index.js';

/** Member of a partial list's `_meta` that names the servers whose tools are missing. */
export const unavailableKey = 'kong-plugin-mcp/unavailable';

/** Answers `tools/list` from a prebuilt buffer. */
export class ToolList {
  readonly #servers: readonly Served[];
  readonly #index: ToolIndex;
  readonly #clock: Clock;
  readonly #listTimeoutMs: number;
  #result: RawJson = Buffer.alloc(0);
  #builtFor = '';

  constructor(
    servers: readonly Served[],
    index: ToolIndex,
    options: { readonly clock: Clock; readonly listTimeoutMs: number },
  ) {
    this.#servers = servers;
    this.#index = index;
    this.#clock = options.clock;
    this.#listTimeoutMs = options.listTimeoutMs;
  }

  /** The raw result. Waits only for servers whose first list is on its way, within the limit. */
  async result(): Promise<RawJson> {
    for (const { catalogue } of this.#servers) catalogue.refreshIfDue();
    const firsts = this.#servers.flatMap(
      ({ catalogue }) => catalogue.firstLoad(this.#listTimeoutMs) ?? [],
    );
    if (firsts.length > 0) {
      const longest = Math.max(...firsts.map(({ remainingMs }) => remainingMs));
      await this.#clock.within(Promise.all(firsts.map(({ done }) => done)), longest);
    }
    return this.#current();
  }

  #current(): RawJson {
    const missing = this.#servers.filter(({ catalogue }) => !catalogue.loaded).map(unavailable);
    const { items } = this.#index.current();
    const key = `${this.#index.generation} ${JSON.stringify(missing)}`;
    if (key === this.#builtFor) return this.#result;
    const meta =
      missing.length === 0 ? '' : `,"_meta":${JSON.stringify({ [unavailableKey]: missing })}`;
    this.#result = Buffer.concat([Buffer.from('{"tools":['), items, Buffer.from(`]${meta}}`)]);
    this.#builtFor = key;
    return this.#result;
  }
}

import type { RawJson } from '../../../lib/json/types.js';
import { nobody } from '../../../lib/policy/policy.js';
import type { Subject } from '../../../lib/policy/policy.js';
import type { Clock } from './clock.js';
import type { AccessRules } from './policy.js';
import { PolicyLists } from './policy-lists.js';
import { unavailable } from './served.js';
import type { Served, Unavailable } from './served.js';
import type { ToolIndex } from './tool-index.js';

/** Member of a partial list's `_meta` that names the servers whose tools are missing. */
export const unavailableKey = 'kong-plugin-mcp/unavailable';

/** Answers `tools/list` from a prebuilt buffer. */
export class ToolList {
  readonly #servers: readonly Served[];
  readonly #index: ToolIndex;
  readonly #clock: Clock;
  readonly #listTimeoutMs: number;
  readonly #policy: PolicyLists;
  #result: RawJson = Buffer.alloc(0);
  #builtFor = '';

  constructor(
    servers: readonly Served[],
    index: ToolIndex,
    options: {
      readonly clock: Clock;
      readonly listTimeoutMs: number;
      readonly access: AccessRules;
    },
  ) {
    this.#servers = servers;
    this.#index = index;
    this.#clock = options.clock;
    this.#listTimeoutMs = options.listTimeoutMs;
    this.#policy = new PolicyLists(options.access);
  }

  /** The raw result, as `subject` may see it. Waits only for servers whose first list is on its way, within the limit. */
  async result(subject: Subject = nobody): Promise<RawJson> {
    for (const { catalogue } of this.#servers) catalogue.refreshIfDue();
    const firsts = this.#servers.flatMap(
      ({ catalogue }) => catalogue.firstLoad(this.#listTimeoutMs) ?? [],
    );
    if (firsts.length > 0) {
      const longest = Math.max(...firsts.map(({ remainingMs }) => remainingMs));
      await this.#clock.within(Promise.all(firsts.map(({ done }) => done)), longest);
    }
    return this.#current(subject);
  }

  #current(subject: Subject): RawJson {
    const missing = this.#servers.filter(({ catalogue }) => !catalogue.loaded).map(unavailable);
    const { items, tools } = this.#index.current();
    if (this.#policy.filters) return listOf(this.#policy.join('tool', tools, subject), missing);
    const key = `${this.#index.generation} ${JSON.stringify(missing)}`;
    if (key === this.#builtFor) return this.#result;
    this.#result = listOf(items, missing);
    this.#builtFor = key;
    return this.#result;
  }
}

function listOf(items: RawJson, missing: readonly Unavailable[]): RawJson {
  const meta =
    missing.length === 0 ? '' : `,"_meta":${JSON.stringify({ [unavailableKey]: missing })}`;
  return Buffer.concat([Buffer.from('{"tools":['), items, Buffer.from(`]${meta}}`)]);
}

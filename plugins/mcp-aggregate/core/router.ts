import { McpError } from '../../../lib/errors.js';
import type { Clock } from './clock.js';
import type { ToolOwner } from './merge-tools.js';
import { PrefixIndex } from './names.js';
import { unavailable } from './served.js';
import type { Served } from './served.js';
import type { ToolIndex } from './tool-index.js';

/** A miss asks the server again when its list is older than this. */
const missAgeMs = 5_000;
const echoLength = 128;

/** Finds the server of a tool by its exact name; the prefix only says whom to ask about a miss. */
export class Router {
  readonly #index: ToolIndex;
  readonly #prefixes: PrefixIndex<Served>;
  readonly #clock: Clock;
  readonly #listTimeoutMs: number;

  constructor(
    servers: readonly Served[],
    index: ToolIndex,
    options: { readonly clock: Clock; readonly listTimeoutMs: number },
  ) {
    this.#index = index;
    this.#prefixes = new PrefixIndex(servers, (server) => server.prefix);
    this.#clock = options.clock;
    this.#listTimeoutMs = options.listTimeoutMs;
  }

  /**
   * Name of the server that owns `tool`. While a server's list has never been loaded, any name
   * under its prefix counts as its own, so that a restart does not lump known tools together.
   * @param hidden as for `resolve`
   */
  ownerOf(tool: string, hidden = false): string | undefined {
    const owner = this.#ownerUnless(hidden, tool);
    if (owner !== undefined) return owner.server.name;
    return this.#prefixes.candidates(tool).find(({ catalogue }) => !catalogue.loaded)?.name;
  }

  /**
   * The owner of `tool`; its server may be down. On a miss the servers whose prefix fits are asked
   * once for a new list.
   * @param hidden the caller must not know of it: all goes as if no server had it
   * @throws McpError `unknown_tool`, or `upstream_unavailable` where a server that might have it
   *   has never answered
   */
  async resolve(tool: string, hidden = false): Promise<ToolOwner<Served>> {
    const known = this.#ownerUnless(hidden, tool);
    if (known !== undefined) return known;
    const candidates = this.#prefixes.candidates(tool);
    const asked = candidates.flatMap(
      ({ catalogue }) => catalogue.refreshOlderThan(missAgeMs) ?? [],
    );
    if (asked.length > 0) {
      await this.#clock.within(Promise.all(asked), this.#listTimeoutMs);
      const found = this.#ownerUnless(hidden, tool);
      if (found !== undefined) return found;
    }
    const silent = candidates.find(({ catalogue }) => !catalogue.loaded);
    if (silent === undefined) throw unknownTool(tool);
    const data = { ...unavailable(silent) };
    throw new McpError('upstream_unavailable', `server ${silent.name} is not available`, data);
  }

  #ownerUnless(hidden: boolean, tool: string): ToolOwner<Served> | undefined {
    return hidden ? undefined : this.#index.current().owners.get(tool);
  }
}

function unknownTool(tool: string): McpError {
  const shown = tool.length > echoLength ? `${tool.slice(0, echoLength)}…` : tool;
  return new McpError('unknown_tool', `Unknown tool: ${shown}`);
}

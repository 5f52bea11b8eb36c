import type { Clock } from '../../core/calls/clock.js';
import type { PreparedItem } from '../../core/items/prepare-item.js';
import type { Runtime } from '../runtimes/runtime.js';
import type { Runtimes } from '../runtimes/runtimes.js';
import { rulesOfTool } from './tool-rules.js';

/** Of all definitions of one page together, in bytes. */
const mostBytes = 262_144;
/** Of one definition; a longer one is named only. */
const mostOfOne = 32_768;
const mostNamed = 2_000;
/** For the rules of all tools of one page, in milliseconds. */
const mostRulesMs = 500;

/** Whose tools are meant: an endpoint as `/status` names it, and one of its servers. */
export interface DetailsAsked {
  readonly endpoint: string;
  readonly server: string;
}

interface ToolDetails {
  readonly name: string;
  /** As its server calls it. */
  readonly original: string;
  readonly bytes: number;
  /** As clients see it; null where it is too long to be shown. */
  readonly definition: unknown;
}

interface ToolWithRules extends ToolDetails {
  /** What the configuration says of it; null where that would take too long to say. */
  readonly rules: object | null;
}

/**
 * Definitions of the tools of one server as clients see them, before rules on callers; `tools` is
 * null where each caller has lists of their own. Undefined where nothing goes by these names.
 */
export async function toolDetails(
  runtimes: Runtimes,
  asked: DetailsAsked,
  clock: Pick<Clock, 'now' | 'breathe'>,
): Promise<object | undefined> {
  const candidates = [...runtimes.all()].filter(({ config }) => config.endpoint === asked.endpoint);
  const runtime = candidates.find(({ config }) => runtimes.isNewest(config)) ?? candidates[0];
  const server = runtime?.servers.find(({ upstream }) => upstream.name === asked.server);
  if (server === undefined) return undefined;
  if (!('catalogues' in server)) return { ...asked, count: 0, tools: null };
  const { items } = server.catalogues.tool.prepared;
  const shownItems = items.slice(0, mostNamed);
  const tools = await withRules(runtime!, asked.server, shown(shownItems), clock);
  return {
    ...asked,
    count: items.length,
    ...filterOf(runtime!, asked.server),
    hides_unauthorized: runtime!.config.access.hidesUnauthorized,
    tools,
  };
}

/** Which of the server's own names are left out, for all callers. */
function filterOf({ config }: Runtime, server: string): object {
  const { allow, deny } = config.servers.find(({ name }) => name === server)!.tools;
  return { allow, deny };
}

async function withRules(
  { config, pins }: Runtime,
  name: string,
  tools: readonly ToolDetails[],
  clock: Pick<Clock, 'now' | 'breathe'>,
): Promise<readonly ToolWithRules[]> {
  const server = config.servers.find((one) => one.name === name);
  const owner = { config, server, pins: pins.get(name) };
  const end = clock.now() + mostRulesMs;
  const all: ToolWithRules[] = [];
  for (const tool of tools) {
    const rules = clock.now() < end ? rulesOfTool(owner, tool.name, tool.original) : null;
    all.push({ ...tool, rules });
    await clock.breathe('tool_details', config.endpoint);
  }
  return all;
}

function shown(items: readonly PreparedItem[]): readonly ToolDetails[] {
  let left = mostBytes;
  return items.map(({ name, original, raw }) => {
    const fits = raw.length <= Math.min(left, mostOfOne);
    if (fits) left -= raw.length;
    const definition: unknown = fits ? JSON.parse(raw.toString()) : null;
    return { name, original, bytes: raw.length, definition };
  });
}

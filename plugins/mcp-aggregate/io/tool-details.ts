import type { PreparedItem } from '../core/items/prepare-item.js';
import type { Runtimes } from './runtimes.js';

/** Of all definitions of one page together, in bytes. */
const mostBytes = 262_144;
/** Of one definition; a longer one is named only. */
const mostOfOne = 32_768;
const mostNamed = 2_000;

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

/**
 * Definitions of the tools of one server as clients see them, before rules on callers; `tools` is
 * null where each caller has lists of their own. Undefined where nothing goes by these names.
 */
export function toolDetails(runtimes: Runtimes, asked: DetailsAsked): object | undefined {
  const candidates = [...runtimes.all()].filter(({ config }) => config.endpoint === asked.endpoint);
  const runtime = candidates.find(({ config }) => runtimes.isNewest(config)) ?? candidates[0];
  const server = runtime?.servers.find(({ upstream }) => upstream.name === asked.server);
  if (server === undefined) return undefined;
  if (!('catalogues' in server)) return { ...asked, count: 0, tools: null };
  const { items } = server.catalogues.tool.prepared;
  return { ...asked, count: items.length, tools: shown(items.slice(0, mostNamed)) };
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

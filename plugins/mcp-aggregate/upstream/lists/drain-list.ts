import { spanned } from '../../../../lib/tracing/spanned.js';
import type { OpenSpan } from '../../../../lib/tracing/tracing.js';
import type { CallEvent } from '../../core/calls/call.js';
import type { ListedItems } from '../../core/calls/upstream-port.js';
import { itemKinds } from '../../core/items/item-kinds.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import type { CallScope } from '../call/call-scope.js';
import type { PlainCall } from '../call/run-call.js';
import { answerOf } from '../conversation/answer.js';
import type { Line, Party } from '../conversation/link.js';
import type { UpstreamTuning } from '../upstream-deps.js';
import { countedList, maxListBytes } from './fetched-lists.js';
import { listPages } from './list-pages.js';
import { PageHints } from './page-hints.js';

export interface ListedServer {
  readonly name: string;
  readonly key: string;
  readonly tuning: Pick<UpstreamTuning, 'maxPages' | 'maxItems'>;
  readonly run: (call: PlainCall) => AsyncIterable<CallEvent>;
}

/** On whose behalf a list is fetched, on a line that is open. */
export interface ListingLine {
  readonly party: Party;
  readonly line: Line;
  /** What the server has, as far as lists are concerned. */
  readonly offered: ReadonlySet<string>;
}

/**
 * Every page of one list.
 * @throws McpError `upstream_*`
 */
export async function drainList(
  server: ListedServer,
  kind: ItemKind,
  line: ListingLine,
  scope: Pick<CallScope, 'signal'>,
): Promise<ListedItems> {
  const { offered } = line;
  // Some servers have tools and forget to say so; to be asked for the rest would be news to them.
  if (kind !== 'tool' && !offered.has(itemKinds[kind].capability)) return { items: [], offered };
  const attributes = { 'kong_mcp.server': server.name };
  // A list is for many: the request that happens to wait for it is not its parent.
  const said = () => ({ name: `refresh ${kind}s`, kind: 'internal', attributes }) as const;
  return spanned(said, (span) => drain(server, kind, line, scope, span));
}

async function drain(
  { name, key, tuning, run }: ListedServer,
  kind: ItemKind,
  { party, line, offered }: ListingLine,
  { signal }: Pick<CallScope, 'signal'>,
  span: OpenSpan | undefined,
): Promise<ListedItems> {
  const { list: method, member } = itemKinds[kind];
  const { maxPages, maxItems } = tuning;
  const bounds = { maxPages, maxItems, maxBytes: maxListBytes };
  return countedList(key, async (hold, onPage) => {
    const { capabilities } = party;
    const hints = new PageHints();
    const listed = await listPages(name, member, bounds, async (params) => {
      const asked = { method, params, capabilities, tasks: true };
      const own = { ...asked, signal, party, holder: party.context, hold, span };
      const page = await answerOf(name, method, run(own));
      if (line.modern) hints.add(page);
      return onPage(page);
    });
    return { ...listed, offered, cache: hints.all, modern: line.modern };
  });
}

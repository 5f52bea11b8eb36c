import type { RawJson, RequestEnvelope } from '../../../../lib/json/types.js';
import { ownTools } from '../../../../lib/protocol/own-tools.js';
import { readSearch } from '../../core/discovery/search-arguments.js';
import { searchResult } from '../../core/discovery/search-result.js';
import type { ListReader } from '../../core/lists/item-list.js';
import type { Exchange } from './exchange.js';

/**
 * Answers a call of `search_tools`: of the tools that this caller may know of, those that fit best.
 * @param bytes that `request` was read from
 * @throws McpError as `readSearch`
 */
export async function searchTools(
  { account, runtime, ticket }: Exchange,
  bytes: Buffer,
  { params }: RequestEnvelope,
  client: Omit<ListReader, 'subject'>,
): Promise<RawJson> {
  account.tool = ownTools.search;
  const asked = readSearch(bytes, params!);
  const { search } = runtime.itemsFor(ticket.caller);
  return searchResult(await search.find(asked, { ...client, subject: ticket.subject }));
}

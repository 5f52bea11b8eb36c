import { decodeString, findMember } from '../../../../lib/json/members.js';
import { takesTasks } from '../../core/admit/modern-request.js';
import { modernList, serverMeta } from '../../core/eras/modern-result.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import { staleCursor } from '../../core/lists/item-list.js';
import { insteadOf } from '../requests/ticket.js';
import { answerOk, ownerOf } from './modern-post.js';
import type { ModernPost } from './modern-post.js';

/**
 * Answers a page of a merged list.
 * @throws McpError `invalid_params` for a cursor that was not given out for it
 */
export async function listItems(post: ModernPost, kind: ItemKind): Promise<void> {
  const { parts, exchange, bytes, request } = post;
  const { runtime, ticket } = exchange;
  const owner = ownerOf(exchange);
  const cursor = request.params && findMember(request.params.members, 'cursor');
  if (cursor !== undefined && cursor.kind !== 'string') throw staleCursor();
  const items = runtime.itemsFor(ticket.caller);
  const value = await items.lists[kind].page({
    from: cursor && parts.cursors.open(owner, kind, decodeString(bytes, cursor.value)),
    cursorOf: (position) => parts.cursors.seal(owner, kind, position),
    subject: ticket.subject,
    instead: insteadOf(kind, ticket),
    modern: true,
    tasks: takesTasks(bytes, request.params),
    meta: serverMeta(ticket.config.serverName),
  });
  await answerOk(post, modernList(value, items.cacheOf(kind)));
}

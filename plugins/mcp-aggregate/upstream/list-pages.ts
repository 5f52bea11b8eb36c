import { createHash } from 'node:crypto';
import { WorkerLost } from '../../../lib/off-thread/worker-pool.js';
import type { RawJson, Span } from '../../../lib/json/types.js';
import { AnsweredError } from './answer.js';
import { protocolBroken, tooCostly, tooLarge } from './failures.js';
import { largeBytes, largeJson } from './large/large-json.js';
import { pageSpans } from './page-spans.js';
import { rpcCodes } from '../../../lib/protocol/rpc-codes.js';

export interface ListBounds {
  readonly maxPages: number;
  readonly maxItems: number;
  /** Of all items together. */
  readonly maxBytes: number;
}

/**
 * Drains every page of a list; items stay the bytes they are. A server that does not know the method
 * has an empty list.
 * @param fetchPage sends one page request with these params and answers its result
 * @throws McpError `upstream_*`, also when pages do not end
 */
export async function listPages(
  server: string,
  member: string,
  bounds: ListBounds,
  fetchPage: (params: RawJson | undefined) => Promise<RawJson>,
): Promise<RawJson[]> {
  const items: RawJson[] = [];
  const seen = new Set<string>();
  let bytes = 0;
  let params: RawJson | undefined;
  for (let pages = 0; pages < bounds.maxPages; pages++) {
    const result = await firstOrEmpty(params, member, fetchPage);
    const page = await readPage(server, member, result, bounds.maxItems);
    for (const item of page.items) {
      items.push(item);
      bytes += item.length;
    }
    if (items.length > bounds.maxItems) {
      throw tooLarge(server, `a list of more than ${bounds.maxItems} items`, bounds.maxItems);
    }
    if (bytes > bounds.maxBytes) {
      throw tooLarge(server, `a list of more than ${bounds.maxBytes} bytes`, bounds.maxBytes);
    }
    if (page.cursor === undefined) return items;
    const digest = createHash('sha256').update(page.cursor).digest('base64');
    if (seen.has(digest)) throw protocolBroken(server, 'repeats a cursor: its list has no end');
    seen.add(digest);
    params = Buffer.concat([Buffer.from('{"cursor":'), page.cursor, Buffer.from('}')]);
  }
  throw tooLarge(server, `a list of more than ${bounds.maxPages} pages`, bounds.maxPages);
}

async function firstOrEmpty(
  params: RawJson | undefined,
  member: string,
  fetchPage: (params: RawJson | undefined) => Promise<RawJson>,
): Promise<RawJson> {
  try {
    return await fetchPage(params);
  } catch (error) {
    const unknown = error instanceof AnsweredError && error.rpcCode === rpcCodes.methodNotFound;
    if (unknown && params === undefined) return Buffer.from(`{"${member}":[]}`);
    throw error;
  }
}

/** The cursor stays raw JSON; an empty string is a cursor like any other. */
async function readPage(server: string, member: string, result: RawJson, maxItems: number) {
  const large = result.length > largeBytes;
  const { items, cursor, badCursor } = large
    ? await largeJson.page(result, member, maxItems).catch((error: unknown) => {
        if (error instanceof WorkerLost) throw tooCostly(server, 'a list');
        throw protocolBroken(server, 'answered a list that could not be read');
      })
    : pageSpans(result, member, maxItems);
  if (items === undefined) {
    throw protocolBroken(server, `answered a list without the array "${member}"`);
  }
  if (badCursor) throw protocolBroken(server, 'sent a nextCursor that is no string');
  const slice = ({ start, end }: Span) => result.subarray(start, end);
  return { items: items.map(slice), cursor: cursor && slice(cursor) };
}

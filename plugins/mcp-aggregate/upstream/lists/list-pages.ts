import { createHash } from 'node:crypto';
import { WorkerLost } from '../../../../lib/off-thread/worker-pool.js';
import type { RawJson, Span } from '../../../../lib/json/types.js';
import type { ListedItems } from '../../core/calls/upstream-port.js';
import { AnsweredError } from '../conversation/answer.js';
import { protocolBroken, tooCostly, tooLarge } from '../failure/failures.js';
import { largeBytes, largeJson } from '../large/large-json.js';
import { pageSpans } from './page-spans.js';
import { rpcCodes } from '../../../../lib/protocol/rpc-codes.js';

export interface ListBounds {
  readonly maxPages: number;
  readonly maxItems: number;
  /** Of all items together. */
  readonly maxBytes: number;
}

export type ListedPages = Pick<ListedItems, 'items' | 'flaw'>;

interface Page {
  readonly items: readonly RawJson[];
  /** As raw JSON. */
  readonly cursor: RawJson | undefined;
  readonly flaw: string | undefined;
}

type FetchPage = (params: RawJson | undefined) => Promise<RawJson>;

const emptyCursor = Buffer.from('{"cursor":""}');

/**
 * Drains every page of a list; items stay the bytes they are. A server that does not know the method
 * has an empty list. Where pages do not lead to an end, the list is what came before, with a flaw.
 * @param fetchPage sends one page request with these params and answers its result
 * @throws McpError `upstream_*`, also where the first page is beyond the bounds or no list at all
 */
export async function listPages(
  server: string,
  member: string,
  bounds: ListBounds,
  fetchPage: FetchPage,
): Promise<ListedPages> {
  const pages = new Pages(server, bounds);
  let params: RawJson | undefined;
  let flaw: string | undefined;
  for (let count = 0; count < bounds.maxPages; count++) {
    const page = await onePage(server, member, bounds.maxItems, params, fetchPage);
    flaw = pages.add(page) ?? page.flaw;
    if (flaw !== undefined || page.cursor === undefined) return { items: pages.items, flaw };
    params = Buffer.concat([Buffer.from('{"cursor":'), page.cursor, Buffer.from('}')]);
  }
  return { items: pages.items, flaw: `sent a list of more than ${bounds.maxPages} pages` };
}

/** What came so far. */
class Pages {
  readonly items: RawJson[] = [];
  readonly #server: string;
  readonly #bounds: ListBounds;
  /** Hashes of cursors and pages. */
  readonly #seen = new Set<string>();
  #bytes = 0;

  constructor(server: string, bounds: ListBounds) {
    this.#server = server;
    this.#bounds = bounds;
  }

  /**
   * Answers why the list ends here, where it should not.
   * @throws McpError `upstream_too_large` where the first page alone is
   */
  add({ items, cursor }: Page): string | undefined {
    if (items.length > 0 && !this.#isNew('page', items)) {
      return 'sent the same page of a list again';
    }
    const beyond = this.#beyond(items);
    if (beyond !== undefined && this.items.length === 0) {
      throw tooLarge(this.#server, beyond.what, beyond.limit);
    }
    if (beyond !== undefined) return `sent ${beyond.what}`;
    for (const item of items) this.items.push(item);
    if (cursor !== undefined && !this.#isNew('cursor', [cursor])) {
      return 'repeats a cursor: its list has no end';
    }
    return undefined;
  }

  #beyond(items: readonly RawJson[]) {
    const { maxItems, maxBytes } = this.#bounds;
    this.#bytes += items.reduce((sum, item) => sum + item.length, 0);
    if (this.items.length + items.length > maxItems) {
      return { what: `a list of more than ${maxItems} items`, limit: maxItems };
    }
    if (this.#bytes <= maxBytes) return undefined;
    return { what: `a list of more than ${maxBytes} bytes`, limit: maxBytes };
  }

  #isNew(what: string, parts: readonly RawJson[]): boolean {
    const hash = createHash('sha256').update(what);
    for (const part of parts) hash.update(`:${part.length}:`).update(part);
    const digest = hash.digest('base64');
    if (this.#seen.has(digest)) return false;
    this.#seen.add(digest);
    return true;
  }
}

/** A page that is none ends the list after the first one, and fails it before. */
async function onePage(
  server: string,
  member: string,
  maxItems: number,
  params: RawJson | undefined,
  fetchPage: FetchPage,
): Promise<Page> {
  const over = (flaw: string | undefined): Page => ({ items: [], cursor: undefined, flaw });
  let result: RawJson;
  try {
    result = await fetchPage(params);
  } catch (error) {
    if (!(error instanceof AnsweredError)) throw error;
    if (params === undefined && error.rpcCode === rpcCodes.methodNotFound) return over(undefined);
    // By an empty cursor some servers mean that there is no further page.
    if (params?.equals(emptyCursor)) return over('knows no page by the empty cursor it sent');
    throw error;
  }
  const page = await readPage(server, member, result, maxItems);
  if (page !== undefined) return page;
  const flaw = `answered a list without the array "${member}"`;
  if (params === undefined) throw protocolBroken(server, flaw);
  return over(flaw);
}

/** The cursor stays raw JSON; an empty string is a cursor like any other. */
async function readPage(
  server: string,
  member: string,
  result: RawJson,
  maxItems: number,
): Promise<Page | undefined> {
  const large = result.length > largeBytes;
  const { items, cursor, badCursor, isNull } = large
    ? await largeJson.page(result, member, maxItems).catch((error: unknown) => {
        if (error instanceof WorkerLost) throw tooCostly(server, 'a list');
        throw protocolBroken(server, 'answered a list that could not be read');
      })
    : pageSpans(result, member, maxItems);
  const slice = ({ start, end }: Span) => result.subarray(start, end);
  const next = cursor && !badCursor ? slice(cursor) : undefined;
  if (isNull) return { items: [], cursor: next, flaw: `answered a list with "${member}": null` };
  if (items === undefined) return undefined;
  const flaw = badCursor ? 'sent a nextCursor that is no string' : undefined;
  return { items: items.map(slice), cursor: next, flaw };
}

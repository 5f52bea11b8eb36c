import type { Duplex } from 'node:stream';
import { ownTurn } from '../../../../lib/flow/own-turn.js';
import { sendFrame } from '../../../../lib/workers/frames.js';
import type { Frame } from '../../../../lib/workers/frames.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import type { CacheHints, ListedItems } from '../../core/calls/upstream-port.js';
import type { ToldError } from '../failure/told-error.js';

/** What a worker says to the one that fetches a server's lists. `n` names a request on this stream. */
export type ToFetcher =
  | { readonly t: 'want'; readonly n: number; readonly key: string; readonly kind: ItemKind }
  /** The server has said so on a line of this worker. */
  | { readonly t: 'changed'; readonly key: string; readonly method: string }
  /** This worker does not need the server any more. */
  | { readonly t: 'leave'; readonly key: string };

/** And what that answers; the items lie beside, one after the other. */
export type FromFetcher =
  | {
      readonly t: 'list';
      readonly n: number;
      /** Of each item, in bytes. */
      readonly lengths: readonly number[];
      readonly offered: readonly string[];
      readonly flaw?: string | undefined;
      readonly cache?: CacheHints | undefined;
      readonly modern?: boolean | undefined;
      readonly said?: ListedItems['said'];
      readonly ageMs: number;
    }
  | { readonly t: 'failed'; readonly n: number; readonly error: ToldError };

type ListHead = Extract<FromFetcher, { readonly t: 'list' }>;

/** Items are joined to pieces of this size: each piece costs a system call's attention. */
const pieceBytes = 262_144;

/** Sends a list; resolves when its bytes are not needed any more. */
export async function sendList(stream: Duplex, n: number, listed: ListedItems): Promise<void> {
  const { items, offered, flaw, cache, modern, said, ageMs = 0 } = listed;
  const lengths = items.map(({ length }) => length);
  const head: ListHead = {
    t: 'list',
    n,
    lengths,
    offered: [...offered],
    flaw,
    cache,
    modern,
    said,
    ageMs,
  };
  const pieces = await joined(items);
  await new Promise<void>((resolve) => void sendFrame(stream, { ...head }, pieces, resolve));
}

/** The list as it was sent. */
export function readList({ head, payload }: Frame): ListedItems {
  const { lengths, offered, flaw, cache, modern, said, ageMs } = head as unknown as ListHead;
  let at = 0;
  const items = lengths.map((length) => payload!.subarray(at, (at += length)));
  return { items, offered: new Set(offered), flaw, cache, modern: modern === true, said, ageMs };
}

async function joined(items: readonly Buffer[]): Promise<readonly Buffer[]> {
  const pieces: Buffer[] = [];
  let some: Buffer[] = [];
  let bytes = 0;
  const join = () => {
    if (some.length > 0) pieces.push(some.length === 1 ? some[0]! : Buffer.concat(some, bytes));
    some = [];
    bytes = 0;
  };
  for (const item of items) {
    if (bytes + item.length > pieceBytes) {
      join();
      await ownTurn();
    }
    some.push(item);
    bytes += item.length;
  }
  join();
  return pieces;
}

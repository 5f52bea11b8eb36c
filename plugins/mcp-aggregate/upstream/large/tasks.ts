import type { ItemKind } from '../../core/items/item-kinds.js';
import { formFault } from '../../core/items/item-form.js';
import type { FormFault } from '../../core/items/item-form.js';
import { inspectItem } from '../../core/pins/inspect-item.js';
import type { InspectedItem, InspectOptions } from '../../core/pins/inspect-item.js';
import type { Approved } from '../../core/pins/approved.js';
import { LockfileError } from '../../core/pins/lockfile/lockfile-members.js';
import { readLockfile } from '../../core/pins/lockfile/read-lockfile.js';
import { addToLockfile } from '../../core/pins/lockfile/write-lockfile.js';
import type { LockContent } from '../../core/pins/lockfile/write-lockfile.js';
import { rewriteResult } from '../../core/uris/rewrite-result.js';
import { placesOf } from '../../core/eras/result-places.js';
import type { ResultPlaces } from '../../core/eras/result-places.js';
import { UriSpace } from '../../core/uris/uri-space.js';
import { pageSpans } from '../lists/page-spans.js';
import type { PageSpans } from '../lists/page-spans.js';
import { readServerMessage } from '../conversation/read-server-message.js';
import type { ServerMessage } from '../conversation/read-server-message.js';

/** Whose URIs are to be shown under which names: what makes a UriSpace, and the server meant. */
export interface UriNames {
  readonly servers: readonly { readonly name: string; readonly plainUris: boolean }[];
  readonly server: string;
}

/** Work on a large message, as it is sent to a worker: plain data only. */
export type LargeTask =
  | { readonly op: 'read'; readonly bytes: Uint8Array }
  | {
      readonly op: 'page';
      readonly bytes: Uint8Array;
      readonly member: string;
      readonly maxItems: number;
    }
  | {
      readonly op: 'rewrite';
      readonly bytes: Uint8Array;
      readonly method: string;
      readonly uris: UriNames;
    }
  | {
      readonly op: 'forms';
      /** The items one after another. */
      readonly bytes: Uint8Array;
      /** Where each ends. */
      readonly ends: readonly number[];
      readonly kind: ItemKind;
    }
  | {
      readonly op: 'inspect';
      readonly bytes: Uint8Array;
      readonly ends: readonly number[];
      readonly kind: ItemKind;
      readonly options: InspectOptions;
    }
  | { readonly op: 'lockfile'; readonly bytes: Uint8Array }
  | { readonly op: 'learn'; readonly bytes: Uint8Array; readonly content: LockContent };

export interface LargeResults {
  readonly read: ServerMessage & { readonly places?: ResultPlaces | undefined };
  readonly page: PageSpans;
  /** Undefined where nothing changes. */
  readonly rewrite:
    { readonly bytes: Uint8Array; readonly places: ResultPlaces | undefined } | undefined;
  readonly forms: ReadonlyMap<number, FormFault>;
  readonly inspect: readonly (InspectedItem | undefined)[];
  readonly lockfile: Approved | { readonly refused: string };
  readonly learn: { readonly text: string } | { readonly refused: string };
}

/**
 * Does the work of a task, on whichever thread.
 * @throws Error where the message is not what it should be
 */
export function runTask<T extends LargeTask>(task: T): LargeResults[T['op']];
export function runTask(task: LargeTask): LargeResults[LargeTask['op']] {
  const bytes = Buffer.from(task.bytes.buffer, task.bytes.byteOffset, task.bytes.length);
  switch (task.op) {
    case 'read':
      return readLarge(bytes);
    case 'page':
      return pageSpans(bytes, task.member, task.maxItems);
    case 'rewrite': {
      const uris = new UriSpace(task.uris.servers);
      const expose = (uri: string) => uris.expose(task.uris.server, uri);
      const rewritten = rewriteResult(task.method, bytes, expose);
      return rewritten === bytes ? undefined : { bytes: rewritten, places: placesOf(rewritten) };
    }
    case 'forms':
      return formsOf(bytes, task);
    case 'inspect':
      return task.ends.map((end, index) =>
        inspectItem(task.kind, bytes.subarray(task.ends[index - 1] ?? 0, end), task.options),
      );
    case 'lockfile':
      return orRefused(() => readLockfile(bytes));
    case 'learn':
      return orRefused(() => ({ text: addToLockfile(bytes, task.content) }));
  }
}

function orRefused<T>(run: () => T): T | { readonly refused: string } {
  try {
    return run();
  } catch (error) {
    if (error instanceof LockfileError) return { refused: error.message };
    throw error;
  }
}

function readLarge(bytes: Buffer): LargeResults['read'] {
  const message = readServerMessage(bytes);
  const { read } = message;
  if (read.kind !== 'single' || read.message.kind !== 'response') return message;
  const { result } = read.message;
  if (result === undefined || bytes[result.start] !== 0x7b) return message;
  return { ...message, places: placesOf(bytes.subarray(result.start, result.end)) };
}

function formsOf(
  bytes: Buffer,
  { ends, kind }: Extract<LargeTask, { op: 'forms' }>,
): ReadonlyMap<number, FormFault> {
  const faults = new Map<number, FormFault>();
  for (const [index, end] of ends.entries()) {
    const fault = formFault(kind, bytes.subarray(ends[index - 1] ?? 0, end));
    if (fault !== undefined) faults.set(index, fault);
  }
  return faults;
}

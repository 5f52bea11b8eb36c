import { metaKey } from '../../../../../lib/protocol/meta-key.js';
import type { RawJson } from '../../../../../lib/json/types.js';
import type { Note } from '../../../core/calls/call.js';
import { withMeta } from '../../../core/calls/label-ask.js';
import { modernResult } from '../../../core/eras/modern-result.js';
import { notificationFrame, responseFrame } from '../../answer/frames.js';
import type { SseWriter } from '../../answer/sse-writer.js';

/** A client that takes in nothing is cut off: it can listen anew. */
const mostUnread = 1_048_576;
/** What a message that waits takes beside its params, about. */
const noteBytes = 512;
const idKey = metaKey('subscriptionId');
const acknowledged = 'notifications/subscriptions/acknowledged';
const nothing = Buffer.from('{}');

/** What is told of is one of these. */
type Told = Pick<Note, 'method' | 'params'>;

/**
 * One `subscriptions/listen` stream: every message names it, and none comes before the
 * acknowledgement (2026-07-28, basic/patterns/subscriptions).
 */
export class ListenStream {
  readonly #writer: SseWriter;
  readonly #id: RawJson;
  /** Until the acknowledgement: what is said twice is said once. */
  #early: Map<string, Told> | undefined = new Map();
  #earlyBytes = 0;

  /** @param id of the request, as it stands */
  constructor(writer: SseWriter, id: RawJson) {
    this.#writer = writer;
    this.#id = id;
  }

  /** Says what is heard on this stream, then what has happened since it was asked for. */
  acknowledge(notifications: object): void {
    const early = this.#early;
    if (early === undefined) return;
    this.#early = undefined;
    const params = Buffer.from(JSON.stringify({ notifications }));
    this.tell({ method: acknowledged, params });
    for (const note of early.values()) this.tell(note);
  }

  tell(note: Told): void {
    if (this.#early !== undefined) {
      return this.#keep(this.#early, note);
    }
    const { method, params } = note;
    if (this.#writer.unread > mostUnread) return this.#writer.abandon();
    const own = withMeta(params ?? nothing, idKey, this.#id.toString());
    void this.#writer.send(notificationFrame({ method, params: own }));
  }

  #keep(early: Map<string, Told>, note: Told): void {
    const key = `${note.method} ${note.params?.toString() ?? ''}`;
    if (early.has(key) || this.#earlyBytes + key.length > mostUnread) return;
    this.#earlyBytes += key.length + noteBytes;
    early.set(key, note);
  }

  /** Ends it gracefully, with a result. */
  end(serverName: string): void {
    const value = withMeta(
      modernResult(nothing, serverName, undefined),
      idKey,
      this.#id.toString(),
    );
    void this.#writer.end(responseFrame(this.#id, { member: 'result', value }));
  }
}

import { decodeString, findMember } from '../../../../lib/json/members.js';
import type { Envelope, Member, Span } from '../../../../lib/json/types.js';

/** What a request names that some process may keep, as its client was given it. */
export interface Named {
  /** `Last-Event-ID` of a stream that is taken up again. */
  readonly eventId?: string | undefined;
  /** The question that is answered, or that progress is shown on. */
  readonly askId?: string | undefined;
  /** `requestState` that may name a call which waits. */
  readonly state?: string | undefined;
}

/** No id or state that names an owner is longer. */
const mostBytes = 1_024;

/** What the messages of one body name. */
export function namedIn(bytes: Buffer, messages: readonly Envelope[]): Named {
  for (const message of messages) {
    if (message.kind === 'response') {
      const askId = message.id && textAt(bytes, message.id);
      if (askId !== undefined) return { askId };
    } else if (message.kind === 'notification') {
      if (message.method !== 'notifications/progress') continue;
      const askId = textOf(bytes, message.params?.members, 'progressToken');
      if (askId !== undefined) return { askId };
    } else {
      const state = textOf(bytes, message.params?.members, 'requestState');
      if (state !== undefined) return { state };
    }
  }
  return {};
}

function textOf(
  bytes: Buffer,
  members: readonly Member[] = [],
  key: 'progressToken' | 'requestState',
): string | undefined {
  const member = findMember(members, key);
  return member && textAt(bytes, member.value);
}

function textAt(bytes: Buffer, span: Span): string | undefined {
  const isText = bytes[span.start] === 0x22 && span.end - span.start <= mostBytes + 2;
  return isText ? decodeString(bytes, span) : undefined;
}

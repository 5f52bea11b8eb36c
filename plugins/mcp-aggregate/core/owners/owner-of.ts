import { slotOf } from '../../../../lib/workers/slot-of.js';
import type { Named } from './named-in.js';
import type { Owner } from './owner.js';
import type { Here } from './place-of.js';

/** Opens what a request's client was given; undefined where it is not its own or names nobody. */
export interface OwnersNamed {
  readonly event: (id: string) => Owner | undefined;
  readonly ask: (id: string) => Owner | undefined;
  readonly state: (text: string) => Owner | undefined;
}

/** What a request belongs to. */
export interface Belonging extends Named {
  /** Its session, where it is in one that opens. */
  readonly session: { readonly id: string; readonly owner?: Owner | undefined } | undefined;
  /** What a server with sessions keeps for a caller without one, by its name. */
  readonly conversation: string | undefined;
}

/**
 * The process that keeps what a request is about; undefined where any will do. What is nearest counts:
 * the stream that is taken up, the question that is answered, the call that waits, where they are of
 * the session's node; then the session, whose owner may have been away when those began.
 */
export function ownerOf(
  { eventId, askId, state, session, conversation }: Belonging,
  open: OwnersNamed,
  { self, count }: Pick<Here, 'self' | 'count'>,
): Owner | undefined {
  // What names no owner was begun by a process that was alone: by its name all find the same one.
  const byName = (name: string): Owner => ({ node: self.node, slot: slotOf(name, count) });
  const nearest =
    (eventId === undefined ? undefined : open.event(eventId)) ??
    (askId === undefined ? undefined : open.ask(askId)) ??
    (state === undefined ? undefined : open.state(state));
  if (nearest !== undefined && isWithin(nearest, session?.owner)) return nearest;
  return (
    (session && (session.owner ?? byName(session.id))) ??
    (conversation === undefined ? undefined : byName(conversation))
  );
}

/**
 * Whether a process keeps something of a session of `owner`. No other node ever serves that session,
 * nor does it know whether it has ended.
 */
function isWithin({ node }: Owner, owner: Owner | undefined): boolean {
  return owner === undefined || owner.node === '' || node === owner.node;
}

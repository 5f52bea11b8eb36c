import { admitsLog } from '../../core/calls/log-level.js';
import type { Note } from '../../core/calls/call.js';
import type { Exposure } from '../../core/items/exposure.js';
import { mayHearOf, updatedMethod, updateFor, updateOf } from '../../core/uris/updates.js';
import type { Update } from '../../core/uris/updates.js';
import type { Runtime } from '../../io/runtimes/runtime.js';
import { lifetimeOf } from '../requests/lifetime.js';
import { notificationFrame } from '../answer/frames.js';
import type { LogLevels } from '../sessions/log-levels.js';
import type { Subscriber, Subscriptions } from '../sessions/subscriptions.js';
import type { Announcements } from './announcements.js';
import type { Channels } from './channels.js';

export interface BulletinsParts {
  readonly subscriptions: Subscriptions;
  readonly channels: Channels;
  readonly announcements: Announcements;
  readonly logLevels: LogLevels;
}

type Hearer = (runtime: Runtime, exposure: Exposure, note: Note) => void;

/** What a server says to one session outside of its calls, on the way to that session's mailbox. */
export class Bulletins {
  readonly #parts: BulletinsParts;
  /** By conversations that are no sessions. */
  readonly #hearers = new Map<string, Hearer>();

  constructor(parts: BulletinsParts) {
    this.#parts = parts;
  }

  /** From now on a conversation that is no session is heard by this alone; answers a remover. */
  hear(conversation: string, hearer: Hearer): () => void {
    this.#hearers.set(conversation, hearer);
    return () => void this.#hearers.delete(conversation);
  }

  /**
   * Takes what the server said to a conversation. Several configurations may share the server: only
   * the one that serves the session now hands it on.
   */
  take(runtime: Runtime, exposure: Exposure, conversation: string, note: Note): void {
    const heard = this.#hearers.get(conversation);
    if (heard) return heard(runtime, exposure, note);
    if (note.method === updatedMethod) return this.#updated(runtime, exposure, conversation, note);
    const { channels, announcements, logLevels } = this.#parts;
    const mailbox = channels.mailboxOf(conversation);
    if (!mailbox || !announcements.reach(runtime, mailbox)) return;
    if (!admitsLog(logLevels.of({ id: conversation }), note)) return;
    void mailbox.send(notificationFrame(note));
  }

  /** Tells a session that a resource has changed; once, when it is back, where it is not here. */
  tell(subscriber: Subscriber, { uri, params }: Update): void {
    const mailbox = this.#parts.channels.mailboxOf(subscriber.owner.session.id);
    if (mailbox) void mailbox.send(notificationFrame({ method: updatedMethod, params }));
    else note(subscriber, uri);
  }

  /** Tells a session that has opened its mailbox what it missed. */
  catchUp(subscriber: Subscriber): void {
    const missed = [...subscriber.missed];
    subscriber.missed.clear();
    // What it was allowed to hear of then, it may not be now.
    const heard = missed.filter((uri) => mayHearOf(uri, subscriber.ticket));
    for (const uri of heard) this.tell(subscriber, updateOf(uri));
  }

  #updated(runtime: Runtime, exposure: Exposure, conversation: string, { params }: Note): void {
    const { subscriptions } = this.#parts;
    const subscriber = subscriptions.of(conversation);
    if (subscriber?.runtime !== runtime) return;
    const update = updateFor(params, exposure, subscriber.ticket);
    if (!update || !subscriptions.covers(subscriber, update.uri)) return;
    // Other streams of the session may be open: they are not those of this credential.
    if (lifetimeOf(subscriber.ticket.caller.identity) > 0) this.tell(subscriber, update);
    else note(subscriber, update.uri);
  }
}

function note({ missed }: Subscriber, uri: string): void {
  if (missed.size < mostMissed) missed.add(uri);
}

/** Parts of resources may be as many as one likes. */
const mostMissed = 1_024;

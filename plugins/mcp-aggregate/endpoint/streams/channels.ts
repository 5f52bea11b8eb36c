import { firstPrimed } from '../../../../lib/protocol/revisions.js';
import { randomBytes } from 'node:crypto';
import { counted } from '../../../../lib/held/counts.js';
import type { Sealer } from '../../../../lib/handles/seal.js';
import { readOwner, writeOwner } from '../../core/owners/owner.js';
import type { Owner } from '../../core/owners/owner.js';
import type { Session, SessionOwner } from '../sessions/sessions.js';
import { Channel } from './channel.js';
import { LogBudget } from './event-log.js';
import { Mailboxes } from './mailboxes.js';

/** Whose channel it is: it opens for nobody else, in no other session. */
export interface ChannelOwner extends SessionOwner {
  /** `userKey` of the caller: shares are those of users, whichever client they use. */
  readonly user: string;
  readonly session: Session;
}

export interface ChannelBounds {
  /** How long a channel without a connection is kept, in milliseconds. */
  readonly resumeMs: number;
  /** Of calls. */
  readonly mostChannels: number;
  /** Mailboxes, and how many of them one caller has at most. */
  readonly mostMailboxes: number;
  readonly mostMailboxesOfOne: number;
}

const defaultBounds: ChannelBounds = {
  resumeMs: counted.mailboxes.ms,
  mostChannels: counted.calls.most,
  mostMailboxes: counted.mailboxes.most,
  mostMailboxesOfOne: counted.mailboxes.ofOne,
};
const nameBytes = 12;
const seqBytes = 6;
const placeBytes = nameBytes + seqBytes;
/** A mailbox is where its session is, also when that has found another process. */
const nowhere = Buffer.of();

interface Entry {
  readonly session: string;
  readonly channel: Channel;
  readonly onGone: () => void;
  timer: NodeJS.Timeout | undefined;
}

/** A place in a channel, as an event id names it. */
export interface Place {
  readonly channel: Channel;
  readonly after: number;
}

/** Channels that clients can come back to, by a random name that only sealed event ids carry. */
export class Channels {
  readonly #sealer: Sealer;
  readonly #bounds: ChannelBounds;
  readonly #budget = new LogBudget();
  readonly #byName = new Map<string, Entry>();
  readonly #mailboxes: Mailboxes;
  readonly #self: Buffer;

  /** @param self the process that keeps the channels of calls */
  constructor(sealer: Sealer, bounds: Partial<ChannelBounds> = {}, self?: Owner) {
    this.#self = writeOwner(self);
    this.#sealer = sealer;
    this.#bounds = { ...defaultBounds, ...bounds };
    const { mostMailboxes, mostMailboxesOfOne } = this.#bounds;
    this.#mailboxes = new Mailboxes(mostMailboxes, mostMailboxesOfOne);
  }

  get size(): number {
    return this.#byName.size;
  }

  /** Bytes of events kept. */
  get bytes(): number {
    return this.#budget.used;
  }

  /**
   * A channel for the messages of one call. It is kept while it has a connection and `resumeMs`
   * longer, but not beyond its end where the client has had it all. Of more channels than can be
   * kept, and without a session, clients cannot come back to it.
   */
  open(owner: ChannelOwner | undefined, onChange: (attached: boolean) => void): Channel {
    const calls = this.#byName.size - this.#mailboxes.size;
    if (!owner || calls >= this.#bounds.mostChannels) return new Channel(undefined, onChange);
    return this.#add(owner, onChange, () => undefined, this.#self).channel;
  }

  /**
   * The channel for what belongs to no call, one per session. A caller with too many of them loses
   * the one that was opened first, of those without a connection where there are any.
   * @param onGone told when it is given up
   * @throws McpError `overloaded`
   */
  mailbox(owner: ChannelOwner, onGone: (channel: Channel) => void): Channel {
    const { id } = owner.session;
    const known = this.#mailboxes.of(id);
    if (known) return known;
    const { user } = owner;
    const spare = this.#mailboxes.spareOf(user);
    if (spare) this.#drop(spare.name);
    const { channel, name } = this.#add(
      owner,
      () => undefined,
      () => {
        this.#mailboxes.delete(id);
        onGone(channel);
      },
      nowhere,
    );
    this.#mailboxes.add(id, { name, channel, user });
    return channel;
  }

  mailboxOf(session: string): Channel | undefined {
    return this.#mailboxes.of(session);
  }

  /** Ends the mailbox of a session, which opens another elsewhere. */
  giveUpMailbox(session: string): void {
    const name = this.#mailboxes.nameOf(session);
    if (name !== undefined) this.#drop(name);
  }

  /** Where an event id leads; undefined for what is forged, foreign, or no longer kept. */
  find(owner: ChannelOwner, eventId: string): Place | undefined {
    const opened = this.#sealer.open(context(owner), eventId);
    if (opened === undefined || opened.payload.length < placeBytes) return undefined;
    const entry = this.#byName.get(opened.payload.toString('base64url', 0, nameBytes));
    if (entry?.session !== owner.session.id) return undefined;
    return { channel: entry.channel, after: opened.payload.readUIntBE(nameBytes, seqBytes) };
  }

  /** The process that an event id names: that of its call, not of its session. */
  ownerOf(caller: SessionOwner, eventId: string): Owner | undefined {
    const payload = this.#sealer.open(context(caller), eventId)?.payload;
    return payload && readOwner(payload.subarray(placeBytes));
  }

  endSession(session: string): void {
    for (const [name, entry] of this.#byName) if (entry.session === session) this.#drop(name);
  }

  /** Ends the connections that wait for nothing in particular, so that clients go elsewhere. */
  endMailboxes(): void {
    for (const channel of this.#mailboxes.channels()) channel.interrupt();
  }

  /** @param keeper the process that its event ids lead to; none where that is the session's */
  #add(
    owner: ChannelOwner,
    onChange: (attached: boolean) => void,
    onGone: () => void,
    keeper: Buffer,
  ) {
    const bytes = randomBytes(nameBytes);
    const name = bytes.toString('base64url');
    const primed = owner.session.version >= firstPrimed;
    const idOf = (seq: number) => this.#idOf(owner, bytes, seq, keeper);
    const channel: Channel = new Channel(
      { idOf, budget: this.#budget, user: owner.user, primed },
      (attached) => {
        this.#keep(name, attached);
        onChange(attached);
      },
    );
    const entry = { session: owner.session.id, channel, onGone, timer: undefined };
    this.#byName.set(name, entry);
    return { channel, name };
  }

  #keep(name: string, attached: boolean): void {
    const entry = this.#byName.get(name);
    if (!entry) return;
    clearTimeout(entry.timer);
    if (attached) return;
    if (entry.channel.delivered) return this.#drop(name);
    entry.timer = setTimeout(() => this.#drop(name), this.#bounds.resumeMs).unref();
  }

  #drop(name: string): void {
    const entry = this.#byName.get(name);
    if (!entry) return;
    this.#byName.delete(name);
    clearTimeout(entry.timer);
    entry.channel.forget();
    entry.onGone();
  }

  #idOf(owner: ChannelOwner, name: Buffer, seq: number, keeper: Buffer): string {
    const payload = Buffer.alloc(placeBytes + keeper.length);
    name.copy(payload);
    payload.writeUIntBE(seq, nameBytes, seqBytes);
    keeper.copy(payload, placeBytes);
    return this.#sealer.seal(context(owner), payload, owner.session.expiresAt);
  }
}

function context({ endpoint, principal }: SessionOwner) {
  return { type: 'event', endpoint, principal } as const;
}

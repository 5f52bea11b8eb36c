import { McpError } from '../errors/errors.js';
import { ByteCounts } from './byte-counts.js';
import { firstOf, Standstill } from './standstill.js';

export interface HeldBytesOptions {
  readonly bytes: number;
  /** Of one caller. */
  readonly ofOne: number;
  readonly ofServer: number;
  /** A caller that is many behind one name: it may have half of all. */
  readonly anonymous?: string;
}

interface Waiter {
  readonly hold: Hold;
  readonly bytes: number;
  readonly grant: () => void;
  readonly refuse: (error: McpError) => void;
  readonly timer: NodeJS.Timeout;
  /** It waits no more. */
  readonly over: () => void;
}

/** How long one waits for room. */
const waitMs = 10_000;
/** Messages up to here are not counted: calls under way and connections bound them. */
export const uncounted = 65_536;

/**
 * The bytes of servers' answers from the first one read to the last one that the client has taken.
 * Who wants more than there is room for waits, and reads nothing from its server meanwhile. Where the
 * whole, or a server's part of it, is full, the answer that has waited longest for its reader gives
 * way, of the caller who holds most. Where nobody could go on, since each has a part of its answer and
 * waits for the rest, the one that came first goes on beyond the bound, and no other.
 */
export class HeldBytes {
  readonly #options: HeldBytesOptions;
  readonly #callers = new ByteCounts();
  readonly #servers = new ByteCounts();
  /** Those that hold something, in the order in which they began to. */
  readonly #holds = new Set<Hold>();
  readonly #waiting = new Set<Waiter>();
  readonly #standstill = new Standstill();
  #sharing = false;

  constructor(options: HeldBytesOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#callers.all;
  }

  /** @param caller whose share it counts for */
  hold(caller: string): Hold {
    return new Hold(this, caller);
  }

  /** @internal Takes what is not needed yet, where that is within all shares. */
  tryReserve(hold: Hold, bytes: number): boolean {
    const { bytes: all, ofOne, ofServer } = this.#options;
    const fits =
      this.bytes + bytes <= all &&
      this.#callers.of(hold.caller) + bytes <= ofOne &&
      this.#servers.of(hold.server) + bytes <= ofServer;
    if (fits) this.#count(hold, bytes);
    return fits;
  }

  /** @internal Undefined where it is granted at once. */
  want(hold: Hold, bytes: number): Promise<void> | undefined {
    if (this.tryTake(hold, bytes)) return undefined;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end(waiter, () => reject(noRoom())), waitMs);
      timer.unref();
      const waiter: Waiter = {
        hold,
        bytes,
        timer,
        over: this.#standstill.begin(hold),
        grant: () => this.#end(waiter, resolve),
        refuse: (error) => this.#end(waiter, () => reject(error)),
      };
      this.#waiting.add(waiter);
      const { ofCaller, ofServer, ofAll } = this.#standing(hold);
      if (ofCaller || ofServer || ofAll) this.#goOn();
    });
  }

  /** @internal */
  tryTake(hold: Hold, bytes: number): boolean {
    if (!this.#fitsCaller(hold, bytes)) return false;
    while (!this.#fitsAll(hold, bytes)) if (!this.#makeRoom(hold, bytes)) return false;
    this.#count(hold, bytes);
    return true;
  }

  /** @internal */
  give(hold: Hold, bytes: number): void {
    this.#count(hold, -bytes);
    // Who gives way meanwhile makes room for the one who is being looked at.
    if (this.#sharing) return;
    this.#sharing = true;
    try {
      this.#share();
      this.#goOn();
    } finally {
      this.#sharing = false;
    }
  }

  #share(): void {
    // To make room costs a look at all that is held: for the first who may have it, not for each.
    let looked = false;
    for (const waiter of this.#waiting) {
      const { hold: theirs, bytes: wanted } = waiter;
      if (!this.#fitsCaller(theirs, wanted)) continue;
      if (looked && !this.#fitsAll(theirs, wanted)) continue;
      looked = true;
      if (this.tryTake(theirs, wanted)) waiter.grant();
    }
  }

  /** Lets the first of those go on who have come to a standstill, as far as that helps. */
  #goOn(): void {
    const firsts = new Map<string, Hold | undefined>();
    for (const waiter of this.#waiting) {
      const { hold, bytes } = waiter;
      if (!this.#mayGoOn(hold, bytes, firsts)) continue;
      this.#count(hold, bytes);
      waiter.grant();
    }
  }

  /** @param firsts what was looked up so far: a look at all that is held is dear */
  #mayGoOn(hold: Hold, bytes: number, firsts: Map<string, Hold | undefined>): boolean {
    const { caller, server } = hold;
    const first = (key: string, isOf: (one: Hold) => boolean): boolean => {
      if (!firsts.has(key)) firsts.set(key, firstOf(this.#holds, isOf));
      return firsts.get(key) === hold;
    };
    const { ofCaller, ofServer, ofAll } = this.#standing(hold);
    return (
      (this.#fitsCaller(hold, bytes) ||
        (ofCaller && first(`caller ${caller}`, (one) => one.caller === caller))) &&
      (this.#fitsServer(hold, bytes) ||
        (ofServer && first(`server ${server}`, (one) => one.server === server))) &&
      (this.#fitsWhole(hold, bytes) || (ofAll && first('all', () => true)))
    );
  }

  /** With whom of those it shares something with a hold has come to a standstill. */
  #standing({ caller, server }: Hold): Record<'ofCaller' | 'ofServer' | 'ofAll', boolean> {
    return {
      ofCaller: this.#standstill.ofCaller(caller, this.#callers.of(caller)),
      ofServer: this.#standstill.ofServer(server, this.#servers.of(server)),
      ofAll: this.#standstill.ofAll(this.bytes),
    };
  }

  /** @internal The hold has ended: nobody waits for it any more. */
  dismiss(hold: Hold): void {
    for (const waiter of this.#waiting) {
      if (waiter.hold === hold) waiter.refuse(noRoom());
    }
  }

  /** Who holds nothing else may have one answer, however large: the server's own bound is for that. */
  #fitsCaller({ caller, bytes: held }: Hold, bytes: number): boolean {
    const own = this.#callers.of(caller);
    const { bytes: all, ofOne, anonymous } = this.#options;
    return own === held || own + bytes <= (caller === anonymous ? all / 2 : ofOne);
  }

  #fitsAll(hold: Hold, bytes: number): boolean {
    return this.#fitsWhole(hold, bytes) && this.#fitsServer(hold, bytes);
  }

  #fitsWhole({ bytes: held }: Hold, bytes: number): boolean {
    return this.bytes === held || this.bytes + bytes <= this.#options.bytes;
  }

  #fitsServer({ server, bytes: held }: Hold, bytes: number): boolean {
    const ofThis = this.#servers.of(server);
    return ofThis === held || ofThis + bytes <= this.#options.ofServer;
  }

  /** False where nobody who holds more is waiting for a reader. */
  #makeRoom({ caller, server }: Hold, bytes: number): boolean {
    const own = this.#callers.of(caller) + bytes;
    const { bytes: all } = this.#options;
    const ofServer = this.bytes + bytes <= all;
    let most = own;
    let chosen: Hold | undefined;
    for (const hold of this.#holds) {
      if (!hold.canGiveWay || (ofServer && hold.server !== server)) continue;
      const theirs = this.#callers.of(hold.caller);
      if (theirs <= most) continue;
      most = theirs;
      chosen = hold;
    }
    chosen?.giveWay();
    return chosen !== undefined;
  }

  #count(hold: Hold, bytes: number): void {
    this.#callers.add(hold.caller, bytes);
    this.#servers.add(hold.server, bytes);
    hold.bytes += bytes;
    if (hold.bytes > 0) this.#holds.add(hold);
    else this.#holds.delete(hold);
  }

  #end(waiter: Waiter, then: () => void): void {
    clearTimeout(waiter.timer);
    if (!this.#waiting.delete(waiter)) return;
    waiter.over();
    then();
  }
}

/** There is no room for a large answer. */
export function noRoom(): McpError {
  return new McpError('overloaded', 'too many large answers are under way that are not read');
}

/** What one call holds: as much as its largest message so far. */
export class Hold {
  readonly caller: string;
  /** Where the bytes come from. */
  server = '';
  /** Kept by the pool. */
  bytes = 0;
  readonly #pool: HeldBytes;
  #giveWay: (() => void) | undefined;
  #kept = 0;
  #released = false;

  constructor(pool: HeldBytes, caller: string) {
    this.#pool = pool;
    this.caller = caller;
  }

  get canGiveWay(): boolean {
    return this.#giveWay !== undefined;
  }

  /**
   * Makes sure of room for a message of which so many bytes are there; undefined where there is. Where
   * that can be, it takes twice as much as before, so that it need not ask often.
   * @throws McpError `overloaded` where there is none for a while, or the call has ended
   */
  atLeast(bytes: number, server: string): Promise<void> | undefined {
    const needed = this.#kept + bytes;
    if (needed <= uncounted || needed <= this.bytes) return undefined;
    if (this.#released) return undefined;
    if (this.bytes === 0) this.server = server;
    const doubled = this.bytes - this.#kept;
    const more = needed - this.bytes;
    if (doubled > more && this.#pool.tryReserve(this, doubled)) return undefined;
    return this.#pool.want(this, more);
  }

  /** As `atLeast`, of a message that is there; false where there is no room. */
  tryAtLeast(bytes: number, server: string): boolean {
    const needed = this.#kept + bytes;
    if (needed <= uncounted || needed <= this.bytes || this.#released) return true;
    if (this.bytes === 0) this.server = server;
    return this.#pool.tryTake(this, needed - this.bytes);
  }

  /** A message has ended that is kept beside those that come. */
  keep(bytes: number): void {
    this.#kept += bytes;
  }

  /** From here on it may give way to others: its client is slow to read. */
  onGiveWay(giveWay: () => void): void {
    this.#giveWay = giveWay;
  }

  /** @internal */
  giveWay(): void {
    const giveWay = this.#giveWay;
    this.release();
    giveWay?.();
  }

  /** All of it is given back; more than once is once. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#giveWay = undefined;
    this.#pool.dismiss(this);
    if (this.bytes > 0) this.#pool.give(this, this.bytes);
  }
}

import type { Redis } from 'ioredis';
import { clocksApartMs } from '../handles/clocks-apart.js';
import { log } from '../log.js';
import type { Listeners } from '../flow/listeners.js';
import { readEnded, writeEnded } from './ended-session.js';
import type { EndedSession } from './ended-session.js';
import { RedisConnection, SharedStateDown } from './redis-connection.js';
import type { RedisStatus } from './redis-connection.js';
import type { RedisSettings } from './redis-settings.js';
import { readRevoked, Revocations, writeRevoked } from './revocations.js';
import type { Revoked } from './revocations.js';

/** What happens at any process that uses the same Redis. */
export interface SharedNews {
  readonly sessionEnded: Listeners<[ended: EndedSession]>;
  readonly revoked: Listeners<[revoked: Revoked]>;
}

/** Revocations read at once; what a process keeps is bounded as well. */
const mostRead = 100_000;
/** What could not be read is tried again after so many milliseconds, and no more often. */
const againMs = 1_000;

/**
 * What workers and nodes know together, in one Redis (design D17). Each use says what it does
 * without: replay is refused (closed), the rest goes on with what this process knows (open).
 */
export class SharedState {
  readonly #settings: RedisSettings;
  readonly #connection: RedisConnection;
  readonly #now: () => number;
  readonly revocations: Revocations;
  readonly #news: SharedNews;
  #hearing: object = {};
  #again: NodeJS.Timeout | undefined;

  /**
   * @param news is told what happened at other processes, and here
   * @param now clock in milliseconds
   * @param beatMs as `RedisConnection`
   */
  constructor(
    settings: RedisSettings,
    news: SharedNews,
    now: () => number = Date.now,
    beatMs?: number,
  ) {
    this.#settings = settings;
    this.#news = news;
    this.#now = now;
    this.revocations = new Revocations(now);
    const events = {
      onReady: () => this.#hears(),
      onDeaf: () => this.#deaf(),
      onMessage: (text: string) => this.#hear(text),
    };
    this.#connection = new RedisConnection(settings, events, beatMs);
  }

  /**
   * Another object after each time in which something may have happened elsewhere that was not heard
   * of here: what was found out before may be true no more.
   */
  get hearing(): object {
    return this.#hearing;
  }

  get status(): RedisStatus & { readonly revocations: number } {
    return { ...this.#connection.status, revocations: this.revocations.size };
  }

  /**
   * Takes note of something that may happen once; false where it has happened before.
   * @param ms how long it could happen by the clock of this process
   * @throws SharedStateDown: who asks must refuse, or a replay would pass
   */
  async once(kind: string, name: string, ms: number): Promise<boolean> {
    const key = this.#key(kind, name);
    const set = (client: Redis) => client.set(key, '1', 'PX', everywhere(ms), 'NX');
    return (await this.#connection.run(set)) === 'OK';
  }

  /** Remembers that a session has ended, and tells the others; without Redis nobody hears of it. */
  async endSession(ended: EndedSession): Promise<void> {
    const ms = everywhere(ended.expiresAt - this.#now());
    const end = async (client: Redis): Promise<void> => {
      await client.set(this.#key('ended', ended.id), '1', 'PX', ms);
      await this.#connection.tell(client, `ended ${writeEnded(ended)}`);
    };
    await this.#withoutFailing('ended_session_not_shared', () => this.#connection.run(end));
  }

  /** Whether a session has ended at some process; undefined where Redis does not say in time. */
  async hasEnded(id: string): Promise<boolean | undefined> {
    const exists = (client: Redis) => client.exists(this.#key('ended', id));
    const found = await this.#withoutFailing('ended_session_unknown', () =>
      this.#connection.run(exists),
    );
    return found === undefined ? undefined : found === 1;
  }

  /**
   * Revokes for every process.
   * @param ms how long what it names could be valid
   * @throws SharedStateDown
   */
  async revoke(revoked: Revoked, ms: number): Promise<void> {
    const endsAt = this.#now() + ms;
    const text = writeRevoked(revoked);
    await this.#connection.run(async (client) => {
      await client.zadd(this.#listKey, endsAt, text);
      await this.#connection.tell(client, `revoked ${endsAt} ${text}`);
    });
  }

  /** Resolves when Redis answers, or the wait is over. @param ms longest wait */
  connected(ms: number): Promise<void> {
    return this.#connection.connected(ms);
  }

  close(): void {
    this.#deaf();
    this.#connection.close();
  }

  get #listKey(): string {
    return `${this.#settings.prefix}:revoked`;
  }

  #key(kind: string, name: string): string {
    return `${this.#settings.prefix}:${kind}:${name}`;
  }

  #hears(): void {
    this.#hearing = {};
    void this.#catchUp(this.#hearing);
  }

  #deaf(): void {
    this.#hearing = {};
    clearTimeout(this.#again);
  }

  /** What was told while this process did not listen; until it is read, or a later time of hearing. */
  async #catchUp(hearing: object): Promise<void> {
    const now = this.#now();
    const read = async (client: Redis) => {
      await client.zremrangebyscore(this.#listKey, '-inf', now);
      return client.zrevrangebyscore(
        this.#listKey,
        '+inf',
        now,
        'WITHSCORES',
        'LIMIT',
        0,
        mostRead,
      );
    };
    const found = await this.#withoutFailing('revocations_not_read', () =>
      this.#connection.run(read),
    );
    if (found === undefined) {
      if (this.#hearing !== hearing) return;
      this.#again = setTimeout(() => void this.#catchUp(hearing), againMs).unref();
      return;
    }
    for (let i = 0; i + 1 < found.length; i += 2) this.#revoke(found[i]!, Number(found[i + 1]));
  }

  #hear(text: string): void {
    const ended = text.startsWith('ended ') ? readEnded(text.slice(6)) : undefined;
    if (ended !== undefined) return this.#news.sessionEnded.tell(ended);
    const [, endsAt, line] = /^revoked (\d{1,16}) (.{1,200})$/.exec(text) ?? [];
    if (line !== undefined) this.#revoke(line, Number(endsAt));
  }

  #revoke(line: string, endsAt: number): void {
    const revoked = readRevoked(line);
    if (revoked === undefined) return;
    // What was known has been told: a new connection to Redis is no reason to end streams anew.
    if (this.revocations.add(revoked, endsAt)) this.#news.revoked.tell(revoked);
  }

  async #withoutFailing<T>(event: string, run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof SharedStateDown)) throw error;
      log('debug', event, { reason: error.message });
      return undefined;
    }
  }
}

/** How long something is kept that ends here in `ms`: by another node's clock it may end later. */
function everywhere(ms: number): number {
  return Math.max(0, Math.ceil(ms)) + clocksApartMs;
}

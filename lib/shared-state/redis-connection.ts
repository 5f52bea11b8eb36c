import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { Redis, RedisOptions } from 'ioredis';
import { log } from '../log.js';
import { visible } from '../visible.js';
import type { RedisSettings } from './redis-settings.js';

/** Redis does not answer, or not in time; what to do without is said by who asked. */
export class SharedStateDown extends Error {
  constructor(reason: string) {
    super(`the shared Redis does not answer: ${reason}`);
    this.name = 'SharedStateDown';
  }
}

/** As operators see it. */
export interface RedisStatus {
  readonly address: string;
  readonly state: 'connecting' | 'ready' | 'down';
  /** Why it is down. */
  readonly reason?: string;
  /** Requests that went on without an answer, since the start. */
  readonly without: number;
}

export interface ConnectionEvents {
  /** Connected, also anew: messages may have been missed. */
  readonly onReady: () => void;
  /** From now on messages are missed. */
  readonly onDeaf: () => void;
  readonly onMessage: (text: string) => void;
}

/** Ten megabytes of each process that few gateways need: loaded where a Redis is configured. */
const ioredis = () => createRequire(import.meta.url)('ioredis') as { readonly Redis: typeof Redis };

const connectTimeout = 2_000;
const longestPauseMs = 5_000;
/** How often Redis is asked whether it is there, and how long it may take to say anything at all. */
const defaultBeatMs = 3_000;
/** Commands that fail on a connection that stands are logged no more often. */
const warnEveryMs = 60_000;
const channelOf = (prefix: string) => `${prefix}:news`;

/** Two connections to one Redis: for commands, and for what others tell. Never blocks the start. */
export class RedisConnection {
  readonly #settings: RedisSettings;
  readonly #commands: Redis;
  readonly #news: Redis;
  readonly #up = new Set<Redis>();
  #state: RedisStatus['state'] = 'connecting';
  #reason: string | undefined;
  #without = 0;
  #warnedAt = -Infinity;
  readonly #beat: NodeJS.Timeout;

  /**
   * @param beatMs a Redis that says nothing for so long once it is asked, as one that hangs or whose
   *   network has lost the connection, is connected anew
   */
  constructor(settings: RedisSettings, events: ConnectionEvents, beatMs = defaultBeatMs) {
    this.#settings = settings;
    // Also what bounds commands that wait for an answer: one that is late is still in its place.
    const options = { ...optionsOf(settings), socketTimeout: beatMs };
    const { Redis } = ioredis();
    this.#commands = new Redis({ ...options, commandTimeout: settings.timeoutMs });
    this.#news = new Redis({ ...options, autoResubscribe: false });
    for (const client of [this.#commands, this.#news]) {
      client.on('error', (error: Error) => this.#onDown(client, error.message));
      client.on('close', () => this.#onDown(client, 'the connection is closed'));
    }
    this.#news.on('message', (_channel: string, text: string) => events.onMessage(text));
    this.#news.on('ready', () => void this.#listen(events.onReady));
    this.#news.on('close', events.onDeaf);
    this.#commands.on('ready', () => this.#onUp(this.#commands));
    for (const client of [this.#commands, this.#news]) client.connect().catch(() => undefined);
    this.#beat = setInterval(() => this.#ask(), beatMs).unref();
  }

  get status(): RedisStatus {
    const { host, port } = this.#settings;
    const status = { address: `${host}:${port}`, state: this.#state, without: this.#without };
    return this.#reason === undefined ? status : { ...status, reason: this.#reason };
  }

  /**
   * Runs a command within the configured time.
   * @throws SharedStateDown
   */
  async run<T>(command: (client: Redis) => Promise<T>): Promise<T> {
    try {
      return await command(this.#commands);
    } catch (error) {
      this.#without += 1;
      const reason = reasonOf(error);
      this.#warn(reason);
      throw new SharedStateDown(reason);
    }
  }

  /** Tells every process that uses the same Redis, this one too. */
  tell(client: Pick<Redis, 'publish'>, text: string): Promise<number> {
    return client.publish(channelOf(this.#settings.prefix), text);
  }

  /** Resolves when commands can be sent, or the wait is over. @param ms longest wait */
  async connected(ms: number): Promise<void> {
    if (this.#commands.status === 'ready') return;
    const signal = AbortSignal.timeout(ms);
    await once(this.#commands, 'ready', { signal }).catch(() => undefined);
  }

  close(): void {
    clearInterval(this.#beat);
    for (const client of [this.#commands, this.#news]) {
      client.removeAllListeners('close');
      client.disconnect();
    }
  }

  async #listen(onReady: () => void): Promise<void> {
    try {
      await this.#news.subscribe(channelOf(this.#settings.prefix));
      this.#onUp(this.#news);
      onReady();
    } catch (error) {
      this.#onDown(this.#news, reasonOf(error));
      this.#news.disconnect(true);
    }
  }

  /** On a connection that says nothing by itself nobody would notice that it is lost. */
  #ask(): void {
    for (const client of [this.#commands, this.#news]) {
      if (client.status === 'ready') client.ping().catch(() => undefined);
    }
  }

  /** Of a connection that is down it was said already. */
  #warn(text: string): void {
    const now = performance.now();
    if (this.#state !== 'ready' || now - this.#warnedAt < warnEveryMs) return;
    this.#warnedAt = now;
    const reason = visible(text).slice(0, 200);
    const hint = hintFor(reason);
    const said = { address: this.status.address, reason };
    log('warn', 'redis_command_failed', hint === undefined ? said : { ...said, hint });
  }

  /** Only with both is everything known that is told. */
  #onUp(client: Redis): void {
    this.#up.add(client);
    if (this.#state === 'ready' || this.#up.size < 2) return;
    this.#state = 'ready';
    this.#reason = undefined;
    log('info', 'redis_ready', { address: this.status.address });
  }

  /** The first reason says most: what follows is that nothing is connected. */
  #onDown(client: Redis, reason: string): void {
    this.#up.delete(client);
    if (this.#state === 'down') return;
    this.#state = 'down';
    this.#reason = visible(reason).slice(0, 200);
    const hint = hintFor(reason);
    const said = { address: this.status.address, reason: this.#reason };
    log('error', 'redis_down', hint === undefined ? said : { ...said, hint });
  }
}

function optionsOf(settings: RedisSettings): RedisOptions {
  const { host, port, username, password, database: db, tls } = settings;
  return {
    host,
    port,
    db,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls: { ...tls, ...(tls.ca ? { ca: tls.ca } : {}) } }),
    lazyConnect: true,
    connectTimeout,
    // What cannot be sent now is answered without it: nothing waits in a queue.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times: number) => Math.min(100 * 2 ** Math.min(times, 8), longestPauseMs),
  };
}

function hintFor(reason: string): string | undefined {
  if (/WRONGPASS|NOAUTH|invalid password|NOPERM/i.test(reason)) {
    return 'check redis.username and redis.password, and that the user may use the keys and channels of redis.prefix';
  }
  if (/READONLY/.test(reason)) return 'redis.host leads to a replica: it must be the primary';
  if (/OOM/.test(reason))
    return 'its memory is full (maxmemory): give the gateway a Redis with room';
  if (/Command timed out|Socket timeout/.test(reason)) {
    return 'it answers too late or not at all: look at its load and the network, or raise redis.timeout';
  }
  if (/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT/.test(reason)) {
    return 'check redis.host and redis.port, and that this machine may connect there';
  }
  if (/certificate|SSL|TLS/i.test(reason))
    return 'check redis.ssl, redis.server_name and redis.ca_certificates';
  return undefined;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}

import { McpError } from '../../../../lib/errors.js';
import type { StdioEntry } from '../../../../lib/mcp-servers-document.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { log } from '../../../../lib/log.js';
import type { ServerConfig } from '../../config.js';
import type { CallScope } from '../call-scope.js';
import type { Exchange } from '../exchange.js';
import { tooLarge, unavailable } from '../failures.js';
import { cancelledFrame, initializedFrame } from '../frames.js';
import { initialize, withoutSubscribing } from '../initialize.js';
import type { Line } from '../link.js';
import { Peer } from '../peer.js';
import { Child } from './child.js';
import { LineSplitter } from './lines.js';
import type { OversizedLine } from './lines.js';
import { oversizedId } from './oversized-id.js';
import { stderrLog } from './stderr-log.js';

export interface StdioLineEvents {
  readonly onListChanged: (method: string) => void;
  /** Once, when the child is gone; `why` continues the sentence "server NAME …". */
  readonly onEnd: (why: string) => void;
}

/** One child process and the conversation with it, which all callers share. */
export class StdioLine implements Line {
  readonly #server: ServerConfig;
  readonly #peer: Peer;
  readonly #child: Child;
  #warned = false;
  #offered: ReadonlySet<string> = new Set();

  constructor(
    server: ServerConfig,
    entry: StdioEntry,
    env: Record<string, string>,
    events: StdioLineEvents,
  ) {
    this.#server = server;
    this.#peer = new Peer(server.name, events.onListChanged);
    const splitter = new LineSplitter(
      server.maxResponseBytes,
      (line) => this.#onLine(line),
      (line) => this.#onOversized(line),
    );
    this.#child = new Child(entry, env, {
      onStdout: (chunk) => splitter.push(chunk),
      onStderr: stderrLog(server.name),
      onEnd: (why) => {
        events.onEnd(why);
        this.#peer.failAll(unavailable(server.name, why));
      },
    });
  }

  get offered(): ReadonlySet<string> {
    return this.#offered;
  }

  get alive(): boolean {
    return this.#child.alive;
  }

  /** @throws McpError `upstream_*` */
  async initialize(scope: CallScope): Promise<void> {
    const send = (exchange: Exchange) => this.send(exchange);
    const { offered } = await initialize(this.#server, this.#peer, scope, send);
    this.#offered = withoutSubscribing(offered);
    this.#write(initializedFrame);
  }

  /** All callers share the child: what one of them wants to read must not be set for all. */
  setLogLevel(): Promise<void> {
    return Promise.resolve();
  }

  begin(method: string, params: RawJson | undefined): Exchange {
    return this.#peer.begin(method, params);
  }

  async send(exchange: Exchange): Promise<void> {
    if (exchange.settled) return;
    if (this.#write(exchange.message)) return;
    throw unavailable(this.#server.name, 'has ended or does not read what it is sent');
  }

  cancel(exchange: Exchange, reason: string): void {
    this.#write(cancelledFrame(exchange.id, reason));
  }

  /** Fails what is under way and ends the process. */
  async close(error: McpError, graceMs: number): Promise<void> {
    this.#peer.failAll(error);
    await this.#child.close(graceMs);
  }

  #write(message: Buffer): boolean {
    return this.#child.write(message);
  }

  #onLine(line: Buffer): void {
    try {
      for (const reply of this.#peer.receive(line)) this.#write(reply);
    } catch (error) {
      if (!(error instanceof McpError)) throw error;
      this.#warnOnce('stdio_garbage', 'wrote lines to stdout that are not JSON-RPC messages');
    }
  }

  /** Only the call whose answer it is fails; if that cannot be told, all do rather than wait. */
  #onOversized(line: OversizedLine): void {
    const limit = this.#server.maxResponseBytes;
    const error = tooLarge(this.#server.name, `a message of more than ${limit} bytes`, limit);
    const id = oversizedId(line);
    if (id === undefined) this.#peer.failAll(error);
    else this.#peer.find(id)?.fail(error);
  }

  #warnOnce(event: string, what: string): void {
    if (this.#warned) return;
    this.#warned = true;
    log('warn', event, { server: this.#server.name, what });
  }
}

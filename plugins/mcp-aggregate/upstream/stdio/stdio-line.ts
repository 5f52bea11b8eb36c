import { McpError } from '../../../../lib/errors/errors.js';
import type { StdioEntry } from '../../../../lib/mcp-servers/entries.js';
import { log } from '../../../../lib/log.js';
import { begin } from '../../../../lib/flow/under-way.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { ServerConfig } from '../../config/config.js';
import type { Note } from '../../core/calls/call.js';
import type { ServerSaid } from '../../core/calls/upstream-port.js';
import type { CallScope } from '../call/call-scope.js';
import type { Exchange } from '../conversation/exchange.js';
import { tooLarge, unavailable } from '../failure/failures.js';
import { cancelledFrame, initializedFrame, rootsChangedFrame } from '../conversation/frames.js';
import { withoutSubscribing } from '../conversation/initialize.js';
import { isToldOfRoots } from '../conversation/link.js';
import type { LineRequest, Party } from '../conversation/link.js';
import { largeBytes } from '../large/large-json.js';
import { Peer } from '../conversation/peer.js';
import { tellLogLevel } from '../conversation/tell-log-level.js';
import type { Era } from '../eras/era-memory.js';
import { beginModern } from '../modern/begin-modern.js';
import { Child } from './child.js';
import { introduce } from './introduce.js';
import type { Introduced } from './introduce.js';
import { FloodGate } from '../failure/flood-gate.js';
import type { FloodBounds } from '../failure/flood-gate.js';
import type { SharedLine } from './shared/child-line.js';
import { LineSplitter, mayBeMessage } from './lines.js';
import type { OversizedLine } from './lines.js';
import { oversizedId } from './oversized-id.js';
import { stderrLog } from './stderr-log.js';

/** For how many messages a line counts that was read in vain. */
const garbageWeight = 5;

export interface StdioLineOptions {
  readonly entry: StdioEntry;
  readonly env: Record<string, string>;
  /** How long the child is given after each sign that it should end, in milliseconds. */
  readonly closeGraceMs: number;
  /** Whom the child is for, where it is not for all callers alike. */
  readonly party?: Party | undefined;
  /** Whether each conversation has a child, which keeps its subscriptions. */
  readonly perConversation: boolean;
  /** What it may write that no call waits for. */
  readonly floodBounds?: FloodBounds | undefined;
}

export interface StdioLineEvents {
  readonly onListChanged: (method: string) => void;
  /** What a conversation's own child says outside of any call. */
  readonly onSaid: (note: Note) => void;
  /** Once, when the child is gone; `why` continues the sentence "server NAME …". */
  readonly onEnd: (why: string) => void;
  /** When the last request under way has ended. */
  readonly onIdle?: () => void;
}

/** One child process and the conversation with it: all callers', or one client session's. */
export class StdioLine implements SharedLine {
  readonly #server: ServerConfig;
  readonly #peer: Peer;
  readonly #child: Child;
  readonly #options: StdioLineOptions;
  readonly #isOwn: boolean;
  readonly #gate: FloodGate;
  #logLevel: string | undefined;
  #warned = false;
  /** Set while lines wait for a large one to be read. */
  #reading: Promise<void> | undefined;
  #offered: ReadonlySet<string> = new Set();
  #modern = false;
  #said: ServerSaid | undefined;

  constructor(server: ServerConfig, options: StdioLineOptions, events: StdioLineEvents) {
    const { entry, env, party } = options;
    this.#server = server;
    this.#options = options;
    this.#gate = new FloodGate(options.floodBounds);
    this.#isOwn = party?.conversation !== undefined;
    const onSaid = this.#isOwn ? (note: Note) => this.#onSaid(note, events.onSaid) : undefined;
    this.#peer = new Peer(server.name, events.onListChanged, events.onIdle, onSaid);
    const splitter = new LineSplitter(
      server.maxResponseBytes,
      (line) => this.#inOrder(line.length, () => this.#onLine(line)),
      (line) => this.#inOrder(0, () => this.#onOversized(line)),
    );
    const onStderr = stderrLog(server.name);
    this.#child = new Child(entry, env, {
      onStdout: (chunk) => {
        if (this.#gate.came(chunk.length)) this.#endFlood();
        else splitter.push(chunk);
      },
      onStderr: (chunk) => {
        if (this.#gate.came(chunk.length)) this.#endFlood();
        else onStderr(chunk);
      },
      onEnd: (why) => {
        events.onEnd(why);
        this.#inOrder(0, () => this.#peer.failAll(unavailable(server.name, why)));
      },
    });
  }

  get offered(): ReadonlySet<string> {
    return this.#offered;
  }

  /** What the server says it is, once it is initialized. */
  get said(): ServerSaid | undefined {
    return this.#said;
  }

  get modern(): boolean {
    return this.#modern;
  }

  get separates(): boolean {
    return this.#isOwn;
  }

  get alive(): boolean {
    return this.#child.alive;
  }

  /** Whether a request is under way. */
  get busy(): boolean {
    return this.#peer.pending > 0;
  }

  /**
   * Opens the conversation, in one of these eras.
   * @throws McpError `upstream_*`
   */
  async open(order: readonly Era[], scope: CallScope): Promise<Introduced> {
    const { party, perConversation } = this.#options;
    const introduced = await introduce(
      {
        server: this.#server,
        peer: this.#peer,
        send: (exchange) => this.send(exchange),
        capabilities: party?.capabilities,
        order,
      },
      scope,
    );
    const { offered, said, era } = introduced;
    this.#modern = era === 'modern';
    const keeps = perConversation || this.#modern;
    this.#offered = keeps ? offered : withoutSubscribing(offered);
    this.#said = said;
    if (!this.#modern) this.#write(initializedFrame);
    return introduced;
  }

  /** Of a child that callers share, what one of them wants to read must not be set for all. */
  async setLogLevel(level: string, scope: CallScope): Promise<void> {
    if (this.#modern || !this.#isOwn) return;
    if (!this.#offered.has('logging') || this.#logLevel === level) return;
    await tellLogLevel(this.#server.name, this, level, scope);
    this.#logLevel = level;
  }

  /** Only the client of a conversation's own child can be asked. */
  begin(request: LineRequest): Exchange {
    const { method, params, capabilities } = request;
    if (this.#modern) return beginModern(this.#server.name, this.#peer, request, this.offered);
    const isAsked = this.#isOwn && capabilities !== undefined;
    const tell = (_subject: string, frame: Buffer) => void this.#write(frame);
    const asking = isAsked ? { capabilities, reply: this.#reply, tell } : undefined;
    return this.#peer.begin(method, params, asking);
  }

  beginRaw(method: string, params: RawJson | undefined): Exchange {
    return this.#peer.begin(method, params);
  }

  async send(exchange: Exchange): Promise<void> {
    if (exchange.settled) return;
    if (this.#write(exchange.message)) return;
    throw unavailable(this.#server.name, 'has ended or does not read what it is sent');
  }

  rootsChanged(): void {
    const { party } = this.#options;
    if (!this.#modern && this.#isOwn && party && isToldOfRoots(party))
      this.#write(rootsChangedFrame);
  }

  cancel(exchange: Exchange, reason: string): void {
    this.#write(cancelledFrame(exchange.id, reason));
  }

  /** Fails what is under way and ends the process. */
  async close(error: McpError): Promise<void> {
    this.#peer.failAll(error);
    await this.#child.close(this.#options.closeGraceMs);
  }

  /** Takes a client's answer to the child; the call cannot go on without it. */
  readonly #reply = (frame: Buffer, exchange: Exchange): void => {
    if (this.#write(frame)) return;
    exchange.fail(unavailable(this.#server.name, 'does not read what it is sent'));
  };

  /** A pipe does not say what a log message is about: most likely a call under way. */
  #onSaid(note: Note, tell: (note: Note) => void): void {
    const call = note.method === 'notifications/message' ? this.#peer.latest : undefined;
    if (call) call.note(note);
    else tell(note);
  }

  #write(message: Buffer): boolean {
    return this.#child.write(message);
  }

  /** At once, unless it is a large line, or one is being read: then one after the other. */
  #inOrder(length: number, work: () => void | Promise<void>): void {
    if (this.#reading === undefined && length <= largeBytes) return void work();
    this.#child.pause();
    const reading = (this.#reading ?? Promise.resolve()).then(work).finally(() => {
      if (this.#reading !== reading) return;
      this.#reading = undefined;
      this.#child.resume();
    });
    this.#reading = reading;
  }

  #onLine(line: Buffer): void | Promise<void> {
    begin('server_message', this.#server.name);
    if (line.length > largeBytes) return this.#onLargeLine(line);
    if (!mayBeMessage(line)) return this.#onNoMessage(1);
    const { wanted } = this.#peer;
    try {
      for (const reply of this.#peer.receive(line)) this.#write(reply);
    } catch (error) {
      this.#onGarbage(error);
    }
    this.#weigh(line, wanted);
  }

  async #onLargeLine(line: Buffer): Promise<void> {
    const { wanted } = this.#peer;
    try {
      for (const reply of await this.#peer.receiveLarge(line)) this.#write(reply);
    } catch (error) {
      this.#onGarbage(error);
    }
    this.#weigh(line, wanted);
  }

  /** @param wanted how many messages calls had waited for before this line */
  #weigh(line: Buffer, wanted: number): void {
    if (this.#peer.wanted > wanted) this.#gate.wasWanted(line.length);
    else if (this.#gate.wasUnwanted()) this.#endFlood();
  }

  #endFlood(): void {
    this.#child.kill('was ended: it wrote without end what nobody waited for');
  }

  #onGarbage(error: unknown): void {
    if (!(error instanceof McpError)) throw error;
    // To read what is none costs more than a message, so an end comes sooner.
    this.#onNoMessage(garbageWeight);
  }

  #onNoMessage(weight: number): void {
    if (this.#gate.wasUnwanted(weight)) this.#endFlood();
    this.#warnOnce('stdio_garbage', 'wrote lines to stdout that are not JSON-RPC messages');
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

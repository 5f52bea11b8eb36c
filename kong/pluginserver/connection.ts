import type { Socket } from 'node:net';
import { log } from '../../lib/log.js';
import { begin } from '../../lib/flow/under-way.js';
import { answerCommand } from './commands.js';
import type { CommandAnswer, CommandTargets } from './commands.js';
import { failureFrames, logFailure } from './instances/failure.js';
import type { Instance } from './instances/instance.js';
import { FrameDecoder } from './wire/frames.js';
import { decodeRpcCall, encodeRpcReturn } from './wire/messages.js';
import type { RpcCall } from './wire/rpc-call.js';
import { Outbox } from './wire/outbox.js';
import { PhaseEvent } from './instances/phase-event.js';
import type { PhaseEventOptions } from './instances/phase-event.js';

export interface ConnectionOptions extends CommandTargets {
  /** Makes a plugin's `kong`. */
  readonly kong: PhaseEventOptions['kong'];
  /** Milliseconds that one event may take. */
  readonly deadlineMs: number;
}

/** How long Kong may take to close a connection after its last frame. */
const lingerMs = 10_000;

/** One connection of Kong's: calls one after the other, each with the frames of its event. */
export class Connection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #decoder = new FrameDecoder();
  readonly #outbox: Outbox;
  #event: PhaseEvent | undefined;
  #draining = false;
  /** Set when nothing that still arrives matters. */
  #ending = false;
  /** Set while another process is asked; Kong says nothing meanwhile. */
  #asking = false;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#outbox = new Outbox(socket);
    socket.on('data', (chunk: Buffer) => this.#data(chunk));
    // Kong never half-closes: its end is the end of the event too.
    socket.on('end', () => socket.destroy());
    socket.on('error', (error) => log('debug', 'connection_error', { error: error.message }));
    socket.on('close', () => {
      this.#ending = true;
      this.#event?.drop();
    });
  }

  /** True while an event runs, or a command that takes time. */
  get busy(): boolean {
    if (this.#ending) return false;
    return this.#asking || (this.#event !== undefined && !this.#event.settled);
  }

  /**
   * Takes no further call. An idle connection is half-closed, not cut: if Kong sends a call at the
   * same moment, it reads the end of the stream and tries again on another connection.
   */
  drain(): void {
    this.#draining = true;
    if (!this.busy) this.#end();
  }

  #data(chunk: Buffer): void {
    if (this.#ending) return;
    try {
      this.#decoder.push(chunk, (frame) => this.#frame(frame));
    } catch (error) {
      this.#refuse(error);
    }
  }

  #frame(frame: Buffer): void {
    if (this.#ending) return;
    if (this.#asking) return this.#refuse(new Error('a frame came before the answer to a call'));
    if (this.#event === undefined) return this.#call(frame);
    begin('phase', this.#event.plugin);
    this.#event.answer(frame);
    if (this.#event.settled) this.#next();
  }

  #call(frame: Buffer): void {
    let call: RpcCall;
    try {
      call = decodeRpcCall(frame);
    } catch (error) {
      return this.#refuse(error);
    }
    const { sequence, command } = call;
    if (command === undefined) return this.#refuse(new Error('the call holds no known command'));
    if (command.type === 'handleEvent') {
      return this.#start(sequence, command.instanceId, command.eventName);
    }
    const answer = answerCommand(this.#options, command);
    if (!(answer instanceof Promise)) return this.#answer(sequence, answer);
    this.#ask(answer, (late) => this.#answer(sequence, late));
  }

  /** Goes on with what another process says; what it fails on is answered as unknown. */
  #ask<T>(asked: Promise<T | undefined>, then: (value: T | undefined) => void): void {
    this.#asking = true;
    const goOn = (value: T | undefined): void => {
      this.#asking = false;
      if (!this.#ending) then(value);
    };
    asked.then(goOn, (error: unknown) => {
      log('warn', 'primary_unreachable', { error: String(error) });
      goOn(undefined);
    });
  }

  #answer(sequence: number, answer: CommandAnswer): void {
    if (answer === undefined) return this.#end();
    this.#outbox.add(encodeRpcReturn({ sequence, ...answer }));
    if (this.#draining) this.#end();
  }

  #start(sequence: number, instanceId: number, phase: string): void {
    const { instances } = this.#options;
    const instance = instances.get(instanceId);
    if (instance !== undefined) return this.#run(sequence, instance, phase);
    const found = instances.find?.(instanceId);
    if (found === undefined) return this.#unknown(instanceId);
    this.#ask(found, (late) => {
      if (late === undefined) this.#unknown(instanceId);
      else this.#run(sequence, late, phase);
    });
  }

  /** The one fault that is answered by closing: Kong then starts a new instance and asks again. */
  #unknown(instanceId: number): void {
    log('info', 'instance_unknown', { instance_id: instanceId });
    this.#end();
  }

  #run(sequence: number, instance: Instance, phase: string): void {
    const { kong, deadlineMs } = this.#options;
    begin('phase', instance.name);
    this.#event = new PhaseEvent({
      kong,
      instance,
      phase,
      sequence,
      deadlineMs,
      send: (...frames) => this.#outbox.add(...frames),
      onOver: (how) => this.#over(how),
    });
  }

  #over(how: 'returned' | 'exited'): void {
    if (how === 'exited') return this.#linger();
    if (this.#event?.settled === true) this.#next();
  }

  #next(): void {
    this.#event = undefined;
    if (this.#draining) this.#end();
  }

  /** Answers what cannot be read; the rest of the stream is thrown away. */
  #refuse(error: unknown): void {
    if (this.#event !== undefined) {
      this.#event.fail(error);
    } else {
      this.#outbox.add(...failureFrames(logFailure('call_unreadable', error)));
    }
    this.#linger();
  }

  #end(): void {
    this.#outbox.finish();
    this.#linger();
  }

  #linger(): void {
    if (this.#ending) return;
    this.#ending = true;
    const timer = setTimeout(() => this.#socket.destroy(), lingerMs);
    timer.unref();
    this.#socket.once('close', () => clearTimeout(timer));
  }
}

import { createServer, connect } from 'node:net';
import type { Server, Socket } from 'node:net';
import { encodeFrames, FrameDecoder } from '../../../kong/pluginserver/wire/frames.js';
import { decodeRpcCall } from '../../../kong/pluginserver/wire/messages.js';

/** Whether each event of this run reaches another worker than the one before: `MCP_CROSSING=1`. */
export const crossingOfRun = process.env['MCP_CROSSING'] === '1';

/** For tests of what each process counts or keeps for itself: where events cross, there is one. */
export const ofOneProcess: { readonly pluginWorkers?: number } = crossingOfRun
  ? { pluginWorkers: 1 }
  : {};

/**
 * Stands between a gateway and its plugin server and opens a connection for each call. The primary
 * hands connections to its workers in turn, so the events of one request, which a gateway's own
 * connections bring to one worker, are done by different ones.
 */
export class Crossing {
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  private constructor(pluginServer: string) {
    this.#server = createServer((socket) => {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
      new Crossed(socket, pluginServer);
    });
  }

  /** @param socket where the gateway connects @param pluginServer the plugin server's own socket */
  static async start(socket: string, pluginServer: string): Promise<Crossing> {
    const crossing = new Crossing(pluginServer);
    await new Promise<void>((resolve, reject) => {
      crossing.#server.once('error', reject);
      crossing.#server.listen(socket, resolve);
    });
    return crossing;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
  }
}

/** One connection of the gateway's. */
class Crossed {
  readonly #gateway: Socket;
  readonly #pluginServer: string;
  #call: Call | undefined;

  constructor(gateway: Socket, pluginServer: string) {
    this.#gateway = gateway;
    this.#pluginServer = pluginServer;
    // What answers one call and what asks the next may come in one piece.
    const decoder = new FrameDecoder();
    gateway.on('data', (chunk: Buffer) => decoder.push(chunk, (frame) => this.#take(frame)));
    gateway.on('error', () => gateway.destroy());
    gateway.on('close', () => this.#call?.socket.destroy());
  }

  #take(frame: Buffer): void {
    const call = (this.#call ??= this.#begin());
    call.socket.write(encodeFrames([frame]));
    if (call.asked(frame)) this.#end(call);
  }

  #begin(): Call {
    const socket = connect(this.#pluginServer);
    const call = new Call(socket);
    socket.on('data', (chunk: Buffer) => {
      const over = call.answered(chunk);
      // Before the gateway can answer: what it sends next belongs to another call.
      if (over) this.#call = undefined;
      this.#gateway.write(chunk);
      if (over) this.#end(call);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.#call === call) this.#gateway.end();
    });
    return call;
  }

  #end(call: Call): void {
    if (this.#call === call) this.#call = undefined;
    call.socket.end();
  }
}

/** Follows the frames of one call to know where it ends. */
class Call {
  readonly socket: Socket;
  readonly #fromServer = new FrameDecoder();
  #isEvent: boolean | undefined;
  #inLoop = true;
  #argumentNext = false;
  #returned = false;
  /** Answers of the gateway that are still to come, also after the plugin server has returned. */
  #owed = 0;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** @returns whether this was the end of it, as below */
  asked(frame: Buffer): boolean {
    if (this.#isEvent === undefined) {
      this.#isEvent = decodeRpcCall(frame).command?.type === 'handleEvent';
    } else {
      this.#owed -= 1;
    }
    return this.#isOver;
  }

  answered(chunk: Buffer): boolean {
    this.#fromServer.push(chunk, (frame) => {
      if (this.#isEvent !== true || !this.#inLoop) this.#returned = true;
      else if (this.#argumentNext) [this.#argumentNext, this.#owed] = [false, this.#owed + 1];
      else if (frame.length === 0) this.#inLoop = false;
      else this.#argumentNext = true;
    });
    return this.#isOver;
  }

  get #isOver(): boolean {
    return this.#returned && this.#owed === 0;
  }
}

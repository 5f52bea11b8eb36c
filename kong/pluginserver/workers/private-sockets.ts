import { timingSafeEqual } from 'node:crypto';
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** What opens a stream: who calls, for what. */
export interface Opening {
  readonly topic: string;
  readonly from: number;
  readonly hello: unknown;
}

/** What takes a stream; undefined where nobody here wants it. */
export type TakerOf = (opening: Opening) => ((stream: Duplex) => void) | undefined;

/** How long either side may take over the first line, in milliseconds. */
const openMs = 5_000;
/** Bytes of the first line. */
const mostBytes = 65_536;
const newline = 0x0a;
const accepted = Buffer.from('ok\n');

/** The private socket of a worker, for streams of the others. */
export class PrivateSocket {
  readonly #path: string;
  readonly #server: Server;

  /** @param token without which nothing is taken: child processes of this user can reach the path */
  constructor(path: string, token: string, takerOf: TakerOf) {
    this.#path = path;
    this.#server = createServer((socket) => void this.#open(socket, token, takerOf));
  }

  /** Takes the place of a dead worker's. */
  async listen(): Promise<void> {
    rmSync(this.#path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ path: this.#path, backlog: 512 }, resolve);
    });
    this.#server.unref();
  }

  close(): void {
    this.#server.close();
    rmSync(this.#path, { force: true });
  }

  async #open(socket: Socket, token: string, takerOf: TakerOf): Promise<void> {
    socket.on('error', () => socket.destroy());
    const line = await firstLine(socket).catch(() => undefined);
    const opening = line === undefined ? undefined : readOpening(line, token);
    const take = opening && takerOf(opening);
    if (take === undefined) return void socket.destroy();
    socket.write(accepted);
    take(socket);
  }
}

/**
 * Opens a stream to the worker whose socket is at `path`.
 * @throws Error where it does not answer in time, or wants no such stream
 */
export async function openPrivate(path: string, token: string, opening: Opening): Promise<Duplex> {
  const socket = connect(path);
  socket.on('error', () => socket.destroy());
  socket.write(`${token} ${JSON.stringify(opening)}\n`);
  try {
    await firstLine(socket);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function readOpening(line: string, token: string): Opening | undefined {
  const given = Buffer.from(line.slice(0, token.length));
  const wanted = Buffer.from(token);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  try {
    return JSON.parse(line.slice(token.length)) as Opening;
  } catch {
    return undefined;
  }
}

/** Reads up to a newline; what follows stays in the stream, which is paused. */
function firstLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let read = Buffer.alloc(0);
    const timer = setTimeout(() => over(new Error('no first line in time')), openMs);
    const over = (how: string | Error): void => {
      clearTimeout(timer);
      socket.off('data', onData).off('close', onClose).pause();
      if (how instanceof Error) reject(how);
      else resolve(how);
    };
    const onClose = (): void => over(new Error('closed before the first line'));
    const onData = (chunk: Buffer): void => {
      read = Buffer.concat([read, chunk]);
      const end = read.indexOf(newline);
      if (end < 0 && read.length <= mostBytes) return;
      if (end < 0) return over(new Error('the first line is too long'));
      over(read.subarray(0, end).toString());
      const rest = read.subarray(end + 1);
      if (rest.length > 0) socket.unshift(rest);
    };
    socket.on('data', onData).on('close', onClose);
  });
}

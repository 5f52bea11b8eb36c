import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface LoadOptions {
  readonly host: string;
  readonly port: number;
  /** The whole HTTP/1.1 request, sent again as soon as its answer is complete. */
  readonly request: Buffer;
  readonly connections: number;
  readonly durationMs: number;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly requests: number;
  /** Answers other than 2xx. */
  readonly failures: number;
}

/**
 * Closed-loop load over raw sockets: one request in flight per connection. The clock runs from the
 * write of a request to the last byte of its answer.
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const started = performance.now();
  const stopAt = started + options.durationMs;
  const samples: number[] = [];
  let failures = 0;
  const record = (ms: number, ok: boolean): void => {
    samples.push(ms);
    if (!ok) failures += 1;
  };
  const loops = Array.from({ length: options.connections }, () => loop(options, stopAt, record));
  await Promise.all(loops);
  const seconds = (performance.now() - started) / 1000;
  samples.sort((a, b) => a - b);
  return {
    requestsPerSecond: samples.length / seconds,
    p50Ms: quantile(samples, 0.5),
    p99Ms: quantile(samples, 0.99),
    requests: samples.length,
    failures,
  };
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

function loop(
  options: LoadOptions,
  stopAt: number,
  record: (ms: number, ok: boolean) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: options.host, port: options.port, noDelay: true });
    let sentAt = 0;
    const send = (): void => {
      sentAt = performance.now();
      socket.write(options.request);
    };
    const answers = new AnswerReader((status) => {
      const now = performance.now();
      record(now - sentAt, status >= 200 && status < 300);
      if (now < stopAt) send();
      else socket.end();
    });
    socket.on('connect', send);
    socket.on('data', (chunk) => answers.push(chunk));
    socket.on('close', () => finish(socket, stopAt, resolve, reject));
    socket.on('error', reject);
  });
}

function finish(
  socket: Socket,
  stopAt: number,
  resolve: () => void,
  reject: (error: Error) => void,
): void {
  socket.destroy();
  if (performance.now() < stopAt) reject(new Error('the gateway closed a kept-alive connection'));
  else resolve();
}

const headEnd = Buffer.from('\r\n\r\n');
const lastChunk = Buffer.from('0\r\n\r\n');

/** Finds the end of each answer: by content-length, or by the last chunk. */
class AnswerReader {
  #buffer: Buffer = Buffer.alloc(0);
  readonly #done: (status: number) => void;

  constructor(done: (status: number) => void) {
    this.#done = done;
  }

  push(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const head = this.#buffer.indexOf(headEnd);
    if (head < 0) return;
    const text = this.#buffer.toString('latin1', 0, head);
    const length = /\r\ncontent-length: *(\d+)/i.exec(text);
    const body = head + headEnd.length;
    const complete = length
      ? this.#buffer.length >= body + Number(length[1])
      : this.#buffer.subarray(-lastChunk.length).equals(lastChunk);
    if (!complete) return;
    this.#buffer = Buffer.alloc(0);
    this.#done(Number(text.slice(9, 12)));
  }
}

import { connect } from 'node:net';

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

/** One connection after another, since a gateway closes each after some thousand requests. */
async function loop(
  options: LoadOptions,
  stopAt: number,
  record: (ms: number, ok: boolean) => void,
): Promise<void> {
  while (performance.now() < stopAt) await oneConnection(options, stopAt, record);
}

function oneConnection(
  options: LoadOptions,
  stopAt: number,
  record: (ms: number, ok: boolean) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: options.host, port: options.port, noDelay: true });
    let sentAt = 0;
    let waiting = false;
    const send = (): void => {
      sentAt = performance.now();
      waiting = true;
      socket.write(options.request);
    };
    const answers = new AnswerReader((status, closes) => {
      const now = performance.now();
      waiting = false;
      record(now - sentAt, status >= 200 && status < 300);
      if (now < stopAt && !closes) send();
      else socket.end();
    });
    socket.on('connect', send);
    socket.on('data', (chunk) => answers.push(chunk));
    socket.on('close', () => {
      if (waiting) reject(new Error('the gateway closed a connection instead of answering'));
      else resolve();
    });
    socket.on('error', reject);
  });
}

const headEnd = Buffer.from('\r\n\r\n');
const lastChunk = Buffer.from('0\r\n\r\n');

interface Head {
  readonly status: number;
  readonly closes: boolean;
  /** Bytes of the whole answer; undefined where it comes in chunks. */
  readonly total: number | undefined;
}

/** Finds the end of each answer: by content-length, or by the last chunk. */
class AnswerReader {
  #chunks: Buffer[] = [];
  #size = 0;
  #head: Head | undefined;
  readonly #done: (status: number, closes: boolean) => void;

  constructor(done: (status: number, closes: boolean) => void) {
    this.#done = done;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    this.#head ??= readHead(Buffer.concat(this.#chunks));
    const head = this.#head;
    if (head === undefined || !this.#complete(head, chunk)) return;
    this.#chunks = [];
    this.#size = 0;
    this.#head = undefined;
    this.#done(head.status, head.closes);
  }

  #complete({ total }: Head, last: Buffer): boolean {
    if (total !== undefined) return this.#size >= total;
    const tail = last.length < 5 ? Buffer.concat(this.#chunks.slice(-5)) : last;
    return tail.subarray(-lastChunk.length).equals(lastChunk);
  }
}

function readHead(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf(headEnd);
  if (end < 0) return undefined;
  const text = bytes.toString('latin1', 0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
  return {
    status: Number(text.slice(9, 12)),
    closes: /\r\nconnection: *close/i.test(text),
    total: length === undefined ? undefined : end + headEnd.length + Number(length),
  };
}

import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** What has come of an answer. */
export interface Taken {
  readonly status: number;
  readonly body: Buffer;
  /** Whether its connection ended before it did, and how. */
  readonly cut: string | undefined;
}

export interface TakeOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Stops reading for so long after each megabyte, in milliseconds. */
  readonly pauseMs?: number;
}

/** POSTs and takes the answer, also what there is of one that is cut off. */
export function take(url: string, { headers, body, pauseMs = 0 }: TakeOptions): Promise<Taken> {
  return new Promise((resolve) => {
    let answer: IncomingMessage | undefined;
    const chunks: Buffer[] = [];
    const done = (cut: string | undefined) =>
      resolve({ status: answer?.statusCode ?? 0, body: Buffer.concat(chunks), cut });
    const sent = request(url, { method: 'POST', headers, agent: false }, (response) => {
      answer = response;
      let since = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        since += chunk.length;
        if (pauseMs === 0 || since < 1_048_576) return;
        since = 0;
        response.pause();
        void pause(pauseMs).then(() => response.resume());
      });
      response.on('error', (error) => done(error.message));
      response.on('end', () => done(undefined));
    });
    sent.on('error', (error) => done(error.message));
    sent.end(body);
  });
}

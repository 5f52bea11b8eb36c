import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { listenOnLoopback } from '../loopback-server.js';

export interface Asked {
  readonly on: 'request' | 'result';
  readonly name: string;
  readonly server: string;
  readonly request_id?: string;
  readonly caller: Readonly<Record<string, unknown>>;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
}

export type GuardScript = (asked: Asked, response: ServerResponse) => object | undefined;

/** A guard whose every answer a test gives: an object, or what it writes itself. */
export async function startScriptedGuard() {
  const asked: Asked[] = [];
  let script: GuardScript = () => ({ action: 'allow' });
  let underWay = 0;
  let left = 0;
  const server = createServer((request, response) => {
    underWay += 1;
    response.on('close', () => {
      underWay -= 1;
      if (!response.writableFinished) left += 1;
    });
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const question = JSON.parse(Buffer.concat(chunks).toString()) as Asked;
      asked.push(question);
      const answer = script(question, response);
      if (answer !== undefined) response.end(JSON.stringify(answer));
    });
  });
  const listening = await listenOnLoopback(server);
  const answers = (next: GuardScript): void => {
    asked.length = 0;
    script = next;
  };
  const close = async () => listening[Symbol.asyncDispose]();
  return {
    asked,
    answers,
    close,
    /** Questions that wait for an answer. */
    underWay: () => underWay,
    /** Questions that were given up by whoever asked. */
    left: () => left,
    url: `http://127.0.0.1:${listening.port}/ask`,
  };
}

import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { event, eventStream, resultMessage } from '../http-fixture.js';
import { inCalls, lateBy, textResult, tooLarge, wild } from './animal.js';
import type { Animal } from './animal.js';

const megabyte = Buffer.alloc(1_048_576, 'x');
const limit = 16_777_216;
/** Each progress gives as long again, up to ten times: all of it is spent on the flood. */
const floodMs = 700;

/** Writes `count` megabytes as fast as they are taken, while anybody takes them. */
async function pour(response: ServerResponse, count: number): Promise<void> {
  for (let sent = 0; sent < count && !response.destroyed; sent++) {
    if (response.write(megabyte)) continue;
    await new Promise<void>((resolve) => {
      const go = () => {
        response.off('drain', go).off('close', go);
        resolve();
      };
      response.on('drain', go).on('close', go);
    });
  }
}

const bomb = () => gzipSync(Buffer.alloc(256 * megabyte.length, ' '), { level: 9 });
let packed: Buffer | undefined;

/** Servers that send more than anybody wants. */
export const floods: readonly Animal[] = [
  inCalls(
    'answers-100-mb',
    tooLarge(`sent an answer of more than ${limit} bytes`),
    async (arrived, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(`{"jsonrpc":"2.0","id":${arrived.id},"result":{"content":[],"filler":"`);
      await pour(response, 100);
      response.end('"}}');
    },
    { timeout: 30_000 },
  ),
  inCalls(
    'streams-an-event-of-100-mb',
    tooLarge(`sent an event of more than ${limit} bytes`),
    async (arrived, response) => {
      eventStream(response);
      response.write(`data: {"jsonrpc":"2.0","id":${arrived.id},"result":{"filler":"`);
      await pour(response, 100);
      response.end('"}}\n\n');
    },
    { timeout: 30_000 },
  ),
  inCalls(
    'sends-progress-without-end',
    lateBy(floodMs),
    (arrived, response) => {
      eventStream(response);
      const { progressToken } = arrived.params._meta ?? {};
      let progress = 0;
      const more = () => {
        if (response.destroyed) return;
        let room = true;
        while (room) {
          const params = { progressToken, progress: ++progress };
          const method = 'notifications/progress';
          room = response.write(event(JSON.stringify({ jsonrpc: '2.0', method, params })));
        }
        response.once('drain', more);
      };
      more();
    },
    { timeout: floodMs },
  ),
  {
    name: 'packs-a-bomb',
    start: () => {
      packed ??= bomb();
      return wild(({ on }) =>
        on('tools/call', (_arrived, response) => {
          const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
          response.writeHead(200, headers).end(packed);
        }),
      );
    },
    shows: tooLarge('sent an answer that grows more than 100 times when unpacked'),
  },
  {
    name: 'storms-of-changed-lists',
    start: () =>
      wild(
        ({ on }) => {
          on('GET', (_arrived, response) => {
            eventStream(response);
            const method = 'notifications/tools/list_changed';
            const hundred = event(JSON.stringify({ jsonrpc: '2.0', method })).repeat(100);
            const timer = setInterval(() => response.write(hundred), 10);
            response.on('close', () => clearInterval(timer));
          });
          on('tools/call', (arrived, response) => {
            response.writeHead(200, { 'content-type': 'application/json' });
            response.end(resultMessage(arrived, textResult('calm')));
          });
        },
        { capabilities: '{"tools":{"listChanged":true}}' },
      ),
    shows: { text: 'calm' },
  },
];

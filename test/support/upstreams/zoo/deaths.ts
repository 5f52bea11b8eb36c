import { event, eventStream } from '../http-fixture.js';
import { broken, inCalls, unavailable } from './animal.js';
import type { Animal } from './animal.js';

const lost = unavailable('broke the connection');
const note = event('{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info"}}');

/** Servers that end a connection in the middle of something. */
export const deaths: readonly Animal[] = [
  inCalls('resets-before-headers', lost, (_arrived, response) => {
    response.socket?.resetAndDestroy();
  }),
  inCalls('resets-in-its-body', lost, (_arrived, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
    response.write('{"jsonrpc":"2.0","id":', () => response.socket?.resetAndDestroy());
  }),
  inCalls('resets-in-a-stream', lost, (_arrived, response) => {
    eventStream(response);
    response.write(note, () => response.socket?.resetAndDestroy());
  }),
  inCalls('ends-short-of-its-length', lost, (_arrived, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
    response.write('{"jsonrpc":"2.0","id":', () => response.socket?.end());
  }),
  inCalls(
    'ends-a-stream-early',
    broken('ended its answer before the result'),
    (_arrived, response) => {
      eventStream(response);
      response.end(note);
    },
  ),
];

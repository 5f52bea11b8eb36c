import { answer, json } from '../http-fixture.js';
import type { Handler } from '../http-fixture.js';
import { broken, inCalls, textResult, unavailable, unlisted, wild } from './animal.js';
import type { Animal } from './animal.js';

const status =
  (code: number, headers: Record<string, string> = {}): Handler =>
  (_arrived, response) =>
    void response.writeHead(code, headers).end('secret details');

const page = '<!DOCTYPE html><html><body><h1>Sign in</h1></body></html>';
const neither = (type: string) =>
  broken(`answered with a content type that is neither JSON nor an event stream (${type})`);

/** Servers whose HTTP is not what was asked for. */
export const statuses: readonly Animal[] = [
  {
    name: 'answers-401',
    start: () => wild(({ on }) => on('initialize', status(401, { 'www-authenticate': 'Basic' }))),
    shows: unlisted("refused the gateway's credential (HTTP 401)"),
  },
  inCalls(
    'answers-403',
    unavailable("refused the gateway's credential (HTTP 403)"),
    status(403, { 'x-secret': 'x' }),
  ),
  inCalls('answers-500', unavailable('answered HTTP 500'), status(500)),
  inCalls(
    'answers-202',
    broken('accepted a request without an answer (HTTP 202)'),
    (_arrived, response) => void response.writeHead(202).end(),
  ),
  inCalls('loses-sessions-always', unavailable('answered HTTP 404'), status(404)),
  {
    name: 'loses-each-session-once',
    // Every session is forgotten after its first call.
    start: () =>
      wild((fixture) => {
        const used = new Set<unknown>();
        fixture.on('tools/call', (arrived, response) => {
          const session = arrived.headers['mcp-session-id'];
          if (used.has(session)) return void response.writeHead(404).end();
          used.add(session);
          answer(arrived, response, textResult('found again'));
        });
      }),
    shows: { text: 'found again' },
  },
  {
    name: 'changes-its-session',
    start: () =>
      wild(({ on }) => {
        let answers = 0;
        on('tools/call', (arrived, response) => {
          response.setHeader('mcp-session-id', `another-${answers++}`);
          answer(arrived, response, textResult('still here'));
        });
      }),
    shows: { text: 'still here' },
  },
  inCalls('answers-a-page', neither('text/html'), (_arrived, response) =>
    json(response, page, 'text/html; charset=utf-8'),
  ),
  inCalls('answers-a-picture', neither('image/png'), (_arrived, response) =>
    json(response, '\u0089PNG\r\n', 'image/png'),
  ),
  inCalls(
    'answers-with-huge-headers',
    broken('answered with more than 16 KiB of headers'),
    (_arrived, response) => {
      response.socket?.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(1_000_000)}\r\n\r\n`);
    },
  ),
];

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
    shows: unlisted('wants a credential, and none is configured for it (HTTP 401)'),
  },
  inCalls(
    'answers-403',
    unavailable('forbids the request (HTTP 403)'),
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
    name: 'forgets-sessions-as-rmcp-does',
    start: () =>
      wild((fixture) => {
        const used = new Set<unknown>();
        const unlessUsed =
          (handle: Handler): Handler =>
          (arrived, response) => {
            if (!used.has(arrived.headers['mcp-session-id'])) return handle(arrived, response);
            response.writeHead(401).end('Unauthorized: Session not found');
          };
        const done: Handler = (arrived, response) => {
          used.add(arrived.headers['mcp-session-id']);
          answer(arrived, response, textResult('found again'));
        };
        fixture.on('tools/call', unlessUsed(done));
        fixture.on(
          'ping',
          unlessUsed((arrived, response) => answer(arrived, response, '{}')),
        );
      }),
    shows: { text: 'found again' },
  },
  {
    name: 'speaks-2024-11-05',
    start: () =>
      wild(
        ({ on }) => on('tools/call', (one, response) => answer(one, response, textResult('old'))),
        { revision: '2024-11-05' },
      ),
    shows: { text: 'old' },
  },
  {
    name: 'speaks-2026-07-28-only',
    start: () =>
      wild(({ on }) =>
        on('initialize', ({ id }, response) => {
          const data = '{"supported":["2026-07-28"],"requested":"2025-11-25"}';
          const error = `{"code":-32022,"message":"Unsupported protocol version","data":${data}}`;
          response.writeHead(400, { 'content-type': 'application/json' });
          response.end(`{"jsonrpc":"2.0","id":${id},"error":${error}}`);
        }),
      ),
    shows: unlisted(
      'answered initialize with JSON-RPC error -32022 ("Unsupported protocol version"); it speaks 2026-07-28',
    ),
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

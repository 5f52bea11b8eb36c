import { afterAll, beforeAll } from 'vitest';
import { setLogLevel } from '../../../lib/log.js';
import { Plugin } from '../../../plugins/mcp-oauth/plugin.js';
import { FakeUpstream, tool } from '../../support/aggregate/fake-upstream.js';
import { rpc, startHarness } from '../../support/aggregate/harness.js';
import type { Harness } from '../../support/aggregate/harness.js';
import { fakeKong } from '../../support/fake-kong-port.js';
import type { FakeRequest } from '../../support/fake-kong-port.js';
import { pluginConfig } from '../../support/oauth/plugin-config.js';
import { memberShapes, placed, valueShapes } from '../../support/adversarial/json-shapes.js';
import { worstShape } from '../../support/adversarial/worst-shape.js';

const host = globalThis as { [marker: symbol]: unknown };
const marker = Symbol.for('kong-plugin-mcp.host');
let plugin: Plugin;
let harness: Harness;
beforeAll(async () => {
  setLogLevel('error');
  host[marker] = 'protobuf';
  plugin = new Plugin(pluginConfig());
  harness = await startHarness([new FakeUpstream('one', [tool('t')])]);
});
afterAll(async () => {
  delete host[marker];
  setLogLevel('info');
  await harness.stop();
});

const guarded = (request: FakeRequest) => plugin.access(fakeKong(request).port);
const encoded = (value: string) => Buffer.from(value).toString('base64url');
const bearer = (token: string): FakeRequest => ({ headers: { authorization: `Bearer ${token}` } });
const header = encoded('{"alg":"ES256","typ":"at+jwt","kid":"k"}');
const jwt = (claims: string, head = header) =>
  bearer(`${head}.${encoded(claims)}.${'s'.repeat(86)}`);
const claims = (more: string) => `{"iss":"https://other.example","sub":"alice"${more}}`;
/** Claims that give a token of `bytes`. */
const claimBytes = (bytes: number) => Math.floor(bytes * 0.74) - 200;

const ofClaims = (
  shapes: typeof memberShapes | typeof valueShapes,
  wrap: (text: string) => string,
) =>
  Object.fromEntries(
    Object.entries(placed(shapes, 'claims', (text) => jwt(wrap(text)))).map(([name, make]) => [
      name,
      (bytes: number) => make(claimBytes(bytes)),
    ]),
  );

worstShape({
  input: 'a token',
  from: 'a stranger',
  bytes: 16_384,
  honest: (bytes) => {
    const groups = Array.from(
      { length: claimBytes(bytes) / 40 },
      (_, n) => `/departments/group-${n}`,
    );
    return jwt(claims(`,"groups":${JSON.stringify(groups)}`));
  },
  hostile: {
    ...ofClaims(memberShapes, (text) => claims(`,${text}`)),
    ...ofClaims(valueShapes, (text) => claims(`,"x":${text}`)),
    'nested objects': (bytes) => {
      const nest = '{"a":'.repeat(30) + '0' + '}'.repeat(30);
      const count = Math.floor(claimBytes(bytes) / (nest.length + 8));
      const all = Array.from({ length: count }, (_, n) => `"${n}":${nest}`).join(',');
      return jwt(claims(`,${all}`));
    },
    'members in the header': (bytes) =>
      jwt(claims(''), encoded(`{${memberShapes['small distinct keys'](claimBytes(bytes))}}`)),
    dots: (bytes) => bearer('a.'.repeat(bytes / 2)),
    'no token at all': (bytes) => bearer('='.repeat(bytes)),
    'white space': (bytes) => bearer(`${' '.repeat(bytes - 100)}a.a.a`),
  },
  run: guarded,
});

const query = (rawQuery: string): FakeRequest => ({ rawQuery, headers: {} });

worstShape({
  input: 'a query',
  from: 'a stranger',
  bytes: 8_000,
  honest: (bytes) => query(`q=${'word+'.repeat(bytes / 5)}`),
  hostile: {
    'empty parameters': (bytes) => query('&'.repeat(bytes)),
    'small parameters': (bytes) => query('a&'.repeat(bytes / 2)),
    'escaped parameters': (bytes) => query('%61ccess_toke&'.repeat(bytes / 14)),
    'broken escapes': (bytes) => query('%&'.repeat(bytes / 2)),
    'escapes of one byte': (bytes) => query('%E9'.repeat(bytes / 3)),
  },
  run: guarded,
});

const lines = (bytes: number, name: (n: number) => string): FakeRequest => {
  const count = Math.min(998, Math.floor(bytes / 16));
  const headers = Object.fromEntries(Array.from({ length: count }, (_, n) => [name(n), 'x']));
  return { headers: { ...headers, authorization: 'Bearer a.b.c' } };
};
const honestLines = (bytes: number): FakeRequest => lines(bytes, (n) => `x-custom-${n}`);
const hostileLines = {
  'names of ours': (bytes: number) => lines(bytes, (n) => `x-mcp-${n}`),
  'names of ours, underscored': (bytes: number) => lines(bytes, (n) => `x_mcp_${n}`),
  'names of consumers': (bytes: number) => lines(bytes, (n) => `x-consumer-${n}`),
  'odd names': (bytes: number) => lines(bytes, (n) => `${'~_!'.repeat(4)}${n}`),
  'one name': (bytes: number): FakeRequest => ({
    headers: { origin: Array<string>(bytes / 16).fill('https://a.example') },
  }),
};

worstShape({
  input: 'the header lines',
  from: 'a stranger',
  bytes: 16_000,
  honest: honestLines,
  hostile: hostileLines,
  run: guarded,
});

const call = rpc('tools/call', { name: 'one__t' });

worstShape({
  input: 'the header lines at mcp-aggregate',
  from: 'a caller',
  bytes: 16_000,
  honest: honestLines,
  hostile: hostileLines,
  run: ({ headers = {} }) => harness.access({ json: call, headers }),
});

const ofHeader =
  (name: string, part: string, rest = '') =>
  (bytes: number) => ({
    [name]: part.repeat((bytes - rest.length) / part.length) + rest,
  });
const accept = 'application/json;q=0.9, text/event-stream;q=0.8, ';

worstShape({
  input: 'one header',
  from: 'a caller',
  bytes: 8_000,
  honest: ofHeader('accept', accept, '*/*'),
  hostile: {
    'many media ranges': ofHeader('accept', 'a/b,'),
    'many parameters': ofHeader('accept', ';', 'a/b'),
    'white space in a media range': ofHeader('accept', ' \t', 'a/b'),
    'an open quote': ofHeader('content-type', '\\"', 'application/json;a="'),
    'a name in base64': ofHeader('mcp-name', 'AAAA', '?='),
    'a long session': ofHeader('mcp-session-id', 'A'),
    'a long trace': ofHeader('traceparent', '00-'),
    'many states of a trace': ofHeader('tracestate', 'a=1,'),
    'a long origin': ofHeader('origin', 'a', '://'),
    'a long version': ofHeader('mcp-protocol-version', '2'),
    'a long event id': ofHeader('last-event-id', '.'),
    'many cookies': ofHeader('cookie', 'a=1;'),
  },
  run: async (headers) => {
    const response = await harness.send({ json: call, headers });
    await response.arrayBuffer();
  },
});

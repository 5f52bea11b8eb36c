import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import { kongConfig, openSession, rpc, startHarness } from '../../../support/aggregate/harness.js';
import type { Harness, Sent } from '../../../support/aggregate/harness.js';
import {
  askModern,
  mirroring,
  modernMeta,
  modernVersion,
} from '../../../support/aggregate/modern.js';

const live = new FakeUpstream('live', [tool('t')]);
const onlyModern = kongConfig([live], { protocol_versions: [modernVersion] });
let harness: Harness;

beforeAll(async () => {
  harness = await startHarness([live]);
});
afterAll(() => harness.stop());

const capabilitiesKey = 'io.modelcontextprotocol/clientCapabilities';
const versionKey = 'io.modelcontextprotocol/protocolVersion';
const versioned = { 'mcp-protocol-version': modernVersion };
const list = (more: object) => rpc('tools/list', { _meta: { ...modernMeta(), ...more } }, 'l');

describe('requests of clients without sessions', () => {
  it.each(['GET', 'DELETE'])('%s is not among them: 405', async (method) => {
    for (const [headers, config] of [
      [versioned, undefined],
      [{}, onlyModern],
    ] as const) {
      const answer = await harness.send({ method, headers }, config);
      expect(answer.status).toBe(405);
      expect(answer.headers.get('allow')).toBe('POST');
    }
    const put = await harness.send({ method: 'PUT' });
    expect(put.headers.get('allow')).toBe('GET, POST, DELETE');
  });

  it('have no session, whatever they say, and get none', async () => {
    const session = await openSession(harness);
    for (const id of [session, 'no such session', 'x'.repeat(5000)]) {
      const headers = { 'mcp-session-id': id, 'last-event-id': 'e' };
      const answer = await askModern(harness, 'tools/list', {}, { headers });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('mcp-session-id')).toBeNull();
      const kong = await harness.access({ json: list({}), headers: { ...listed, ...headers } });
      expect(JSON.stringify(kong.callsOf('log.setSerializeValue'))).not.toContain('session');
    }
  });
  const listed = mirroring('tools/list');

  it.each<[string, object]>([
    ['no capabilities', { [capabilitiesKey]: undefined }],
    ['capabilities in a list', { [capabilitiesKey]: [] }],
    ['capabilities in a text', { [capabilitiesKey]: '{}' }],
    ['no capability but a flag', { [capabilitiesKey]: { elicitation: true } }],
    ['a list of extensions', { [capabilitiesKey]: { extensions: ['x'] } }],
    ['an unknown log level', { 'io.modelcontextprotocol/logLevel': 'loud' }],
    ['a version that is no text', { [versionKey]: 20260728 }],
    ['no version', { [versionKey]: undefined }],
  ])('with %s in _meta are refused: 400 and -32602', async (_what, meta) => {
    const answer = await harness.send({ json: list(meta), headers: listed });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ id: 'l', error: { code: -32602 } });
  });

  it.each<[string, Sent, number]>([
    [
      'another version in the header',
      { json: list({}), headers: { ...listed, 'mcp-protocol-version': '2025-11-25' } },
      -32020,
    ],
    [
      'a version that nobody knows, and another in the header',
      { json: list({ [versionKey]: '2099-01-01' }), headers: listed },
      -32020,
    ],
    ['no method header', { json: list({}), headers: versioned }, -32020],
    ['no headers at all', { json: list({}) }, -32020],
    ['a response', { json: { jsonrpc: '2.0', id: 1, result: {} }, headers: versioned }, -32600],
    ['a batch', { json: [list({})], headers: listed }, -32600],
  ])('with %s are refused: 400', async (_what, sent, code) => {
    const answer = await harness.send(sent);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code } });
  });

  it('of a version that nobody knows are told of those that server/discover names', async () => {
    const [requested, json] = ['2099-01-01', list({ [versionKey]: '2099-01-01' })];
    const answer = await harness.send({ json, headers: { 'mcp-protocol-version': requested } });
    expect(answer.status).toBe(400);
    const data = { supported: [modernVersion], requested };
    expect(await answer.json()).toMatchObject({ id: 'l', error: { code: -32022, data } });
    const { message } = await askModern(harness, 'server/discover');
    expect(message.result).toMatchObject({ supportedVersions: [modernVersion] });
  });

  it.each(['resources/subscribe', 'resources/unsubscribe', 'ping', 'initialize'])(
    'for %s, which this version has not, are not found: 404 and -32601',
    async (method) => {
      for (const params of [{}, { uri: 'test://a' }]) {
        const answer = await askModern(harness, method, params);
        expect(answer).toMatchObject({ status: 404, message: { error: { code: -32601 } } });
      }
    },
  );

  it('that need no answer are accepted', async () => {
    const json = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
    const answer = await harness.send({ json, headers: versioned });
    expect(answer.status).toBe(202);
    expect(await answer.text()).toBe('');
  });

  it('may come without a word on the client itself, and with JSON as the only form', async () => {
    const headers = { accept: 'application/json' };
    const answer = await askModern(harness, 'tools/list', {}, { headers });
    expect(answer.message.result).toMatchObject({ tools: [{ name: 'live__t' }] });
  });
});

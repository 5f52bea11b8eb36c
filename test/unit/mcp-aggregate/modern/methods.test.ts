import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Call, CallEvent } from '../../../../plugins/mcp-aggregate/core/calls/call.js';
import { FakeUpstream, events, note, tool } from '../../../support/aggregate/fake-upstream.js';
import { kongConfig, startHarness } from '../../../support/aggregate/harness.js';
import type { Harness } from '../../../support/aggregate/harness.js';
import { askModern } from '../../../support/aggregate/modern.js';

const old = new FakeUpstream('old', [tool('t')]);
old.more = { prompt: [{ name: 'p' }], resource: [{ uri: 'a://1', name: 'r' }], template: [] };
old.capabilities = ['completions', 'logging'];
const config = kongConfig([old], { instructions: 'be kind' });
const serverInfo = { 'io.modelcontextprotocol/serverInfo': { name: 'test-gateway' } };
let harness: Harness;

beforeAll(async () => {
  harness = await startHarness([old], { config });
});
afterAll(() => harness.stop());
beforeEach(() => {
  old.calls.length = 0;
});

const done = (text: string, modern?: boolean): CallEvent => ({
  type: 'done',
  result: Buffer.from(text),
  ...(modern === undefined ? {} : { modern }),
});
const failed = (text: string): CallEvent => ({
  type: 'fail',
  failure: { kind: 'answered', error: Buffer.from(text) },
});
const paramsOf = (call: Call | undefined) => JSON.parse(call?.params?.toString() ?? '{}');

describe('what clients without sessions may ask for', () => {
  it('server/discover: versions, capabilities and instructions', async () => {
    const { message } = await askModern(harness, 'server/discover');
    expect(message.result).toMatchObject({
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      capabilities: { tools: {}, prompts: {}, resources: {}, completions: {}, logging: {} },
      instructions: 'be kind',
      ttlMs: 0,
      cacheScope: 'private',
      _meta: serverInfo,
    });
  });

  it.each([
    ['tools/list', { tools: [{ name: 'old__t' }] }],
    ['prompts/list', { prompts: [{ name: 'old__p' }] }],
    ['resources/list', { resources: [{ name: 'r' }] }],
    ['resources/templates/list', { resourceTemplates: [] }],
  ])('%s', async (method, result) => {
    const { message } = await askModern(harness, method);
    const cached = { ttlMs: 0, cacheScope: 'private' };
    const all = { ...result, ...cached, resultType: 'complete', _meta: serverInfo };
    expect(message.result).toMatchObject(all);
  });

  it.each([
    ['tools/call', { name: 'old__t', arguments: { n: 1 } }, { name: 't', arguments: { n: 1 } }],
    ['prompts/get', { name: 'old__p' }, { name: 'p' }],
    [
      'completion/complete',
      { ref: { type: 'ref/prompt', name: 'old__p' }, argument: { name: 'a', value: '' } },
      { ref: { type: 'ref/prompt', name: 'p' }, argument: { name: 'a', value: '' } },
    ],
  ])(
    '%s, as its server knows it, and without what concerns this hop',
    async (method, asked, got) => {
      old.script = () => events(done('{"x":1.0,"_meta":{"own":1e400}}'));
      const extra = { inputResponses: { k: {} }, task: {}, _meta: { own: 1 } };
      const { text } = await askModern(harness, method, { ...asked, ...extra });
      expect(paramsOf(old.calls[0])).toEqual({ ...got, _meta: { own: 1 } });
      expect(text).toContain('"x":1.0');
      expect(text).toContain('"own":1e400');
      expect(text).toContain('"resultType":"complete"');
      expect(text).not.toContain('ttlMs');
    },
  );

  it('resources/read, for as long and for whom its server says, if one of this era', async () => {
    const uri = await uriOf();
    const read = async (...said: CallEvent[]) => {
      old.script = () => events(...said);
      return (await askModern(harness, 'resources/read', { uri })).message.result;
    };
    const never = { ttlMs: 0, cacheScope: 'private' };
    expect(await read(done('{"contents":[]}'))).toMatchObject(never);
    expect(await read(done('{"contents":[],"ttlMs":9,"cacheScope":"public"}'))) //
      .toMatchObject(never);
    const said = '{"contents":[],"resultType":"complete","ttlMs":9,"cacheScope":"public"}';
    expect(await read(done(said, true))).toMatchObject({ ttlMs: 9, cacheScope: 'public' });
    expect(await read(done('{"contents":[],"ttlMs":-1,"cacheScope":1}', true))) //
      .toMatchObject(never);
  });

  it('what a server says of caching is for the caller alone where rules decide', async () => {
    const ruled = kongConfig([old], {
      claim_rules: [{ effect: 'deny', names: ['x'], claim: 'c', one_of: ['y'] }],
    });
    const uri = await uriOf();
    const said = '{"contents":[],"ttlMs":9,"cacheScope":"public"}';
    old.script = () => events(done(said, true));
    const { message } = await askModern(harness, 'resources/read', { uri }, {}, ruled);
    expect(message.result).toMatchObject({ ttlMs: 9, cacheScope: 'private' });
  });

  async function uriOf(): Promise<string> {
    const { message } = await askModern(harness, 'resources/list');
    return (message.result as { resources: { uri: string }[] }).resources[0]!.uri;
  }

  it.each([
    'initialize',
    'ping',
    'logging/setLevel',
    'resources/subscribe',
    'resources/unsubscribe',
    'tasks/list',
    'no/such',
  ])('%s is unknown: 404', async (method) => {
    const params = { uri: 'a://1', level: 'info' };
    const answer = await askModern(harness, method, params);
    expect(answer.status).toBe(404);
    expect(answer.message.error?.code).toBe(-32601);
    if (method !== 'initialize') return;
    expect(answer.message.error?.data).toMatchObject({
      supported: expect.arrayContaining(['2025-11-25']),
    });
  });

  it.each([
    ['an unknown tool', 'tools/call', { name: 'old__x' }, -32602],
    ['an unknown prompt', 'prompts/get', { name: 'old__x' }, -32602],
    ['an unknown resource', 'resources/read', { uri: 'b://nowhere' }, -32602],
    ['a cursor of nobody', 'tools/list', { cursor: 'x' }, -32602],
    ['a state of nobody', 'tools/call', { name: 'old__t', requestState: 'x' }, -32602],
    ['a state that is none', 'tools/call', { name: 'old__t', requestState: 1 }, -32602],
    ['answers that are none', 'tools/call', { name: 'old__t', inputResponses: [] }, -32602],
  ])('%s: 200 with %s', async (_what, method, params, code) => {
    const answer = await askModern(harness, method, params);
    expect(answer).toMatchObject({ status: 200, message: { error: { code } } });
    if ('uri' in params) expect(answer.message.error?.data).toMatchObject({ uri: params.uri });
  });

  it.each([
    [-32601, 404, '{"code":-32601,"message":"m"}'],
    [-32021, 400, '{"code":-32021,"message":"m","data":{"requiredCapabilities":{}}}'],
    [-32602, 200, '{"code":-32602,"message":"m"}'],
    [-5, 200, '{"code":-5,"message":"m"}'],
  ])('an error %i of a server: %i', async (code, status, text) => {
    const servers = config.servers!.map((server) => ({ ...server, trusted: true }));
    const trusting = { ...config, servers };
    old.script = () => events(failed(text));
    const answer = await askModern(harness, 'tools/call', { name: 'old__t' }, {}, trusting);
    expect(answer).toMatchObject({ status, message: { error: { code, message: 'm' } } });
  });
});

describe('what comes before the answer to a client without sessions', () => {
  const progress = note('notifications/progress', { progressToken: 1, progress: 1 });
  const logged = (level: string) => note('notifications/message', { level, data: level });
  const strange = [
    note('notifications/tools/list_changed', {}),
    note('notifications/elicitation/complete', { elicitationId: 'e' }),
    note('notifications/subscriptions/acknowledged', {}),
  ];
  const level = { _meta: { 'io.modelcontextprotocol/logLevel': 'warning' } };

  async function notes(params: object, ...said: CallEvent[]) {
    old.script = () => events(...said, done('{"content":[]}'));
    const answer = await askModern(harness, 'tools/call', { name: 'old__t', ...params });
    const shown = answer.messages
      .slice(0, -1)
      .map((message) => message.params?.['level'] ?? message.method);
    return { answer, shown };
  }

  it('is progress, and log messages where the request asks for them', async () => {
    const said = [logged('info'), progress, ...strange, logged('error')];
    expect((await notes({}, ...said)).shown).toEqual(['notifications/progress']);
    expect((await notes(level, ...said)).shown).toEqual(['notifications/progress', 'error']);
    expect(old.calls.map(({ logLevel }) => logLevel)).toEqual([undefined, 'warning']);
  });

  it('makes it a stream without event ids, which nothing on the way holds back', async () => {
    const { answer } = await notes({}, progress);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(answer.headers.get('x-accel-buffering')).toBe('no');
    expect(answer.text).not.toMatch(/^(id|retry):/m);
    expect(answer.message.result).toMatchObject({ resultType: 'complete' });
  });

  it('where there is nothing, the answer is JSON', async () => {
    const { answer } = await notes({}, ...strange, logged('error'));
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.messages).toHaveLength(1);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerHandleKey, callerHandles } from '../../../../lib/handles/handles.js';
import { FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import { identityOf, kongConfig, rpc, startHarness } from '../../../support/aggregate/harness.js';
import type { Harness, Sent } from '../../../support/aggregate/harness.js';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness([new FakeUpstream('one', [tool('t'), tool('u')])]);
  await harness.send({ json: rpc('tools/list') });
});
afterAll(() => harness.stop());

const call = rpc('tools/call', { name: 'one__t', arguments: { a: 'argument-value' } });
const anonymous = kongConfig([{ name: 'one' }], { anonymous: true });

async function headersOf(sent: Sent) {
  const kong = await harness.access(sent);
  expect(kong.exit()).toBeUndefined();
  return kong.upstreamHeaders();
}

describe('the access phase', () => {
  it.each<[string, Sent]>([
    ['tools/call', { json: call }],
    ['tools/list', { json: rpc('tools/list') }],
    ['a notification', { json: { jsonrpc: '2.0', method: 'notifications/initialized' } }],
    ['GET', { method: 'GET' }],
    ['DELETE', { method: 'DELETE' }],
    ['headers to clear', { json: call, headers: { authorization: 'x', mcp_name: 'y' } }],
  ])('takes two flushes for %s', async (_title, sent) => {
    const kong = await harness.access(sent);
    expect(kong.exit()).toBeUndefined();
    expect(kong.flushes()).toBe(2);
  });

  it('takes at most two flushes to refuse', async () => {
    const kong = await harness.access({ json: '{' });
    expect(kong.exit()!.status).toBe(400);
    expect(kong.flushes()).toBe(2);
    expect(kong.calls.filter(([name]) => name.startsWith('service.'))).toEqual([]);
  });

  it('sends the request to the aggregator', async () => {
    const kong = await harness.access({ json: call });
    const target = ['service.setTarget', '127.0.0.1', harness.aggregator.port];
    expect(kong.callsOf('service.setTarget')).toEqual([target]);
  });

  it('lets a failing PDK call end the request, never pass it', async () => {
    for (const fails of ['request.getHeaders', 'ctx.shared.get', 'service.request.setHeaders']) {
      await expect(harness.access({ json: call, fails })).rejects.toThrow(fails);
    }
  });

  it('refuses headers at the limit of what Kong shows', async () => {
    const headers = { 'x-a': Array.from({ length: 998 }, () => 'v') };
    const kong = await harness.access({ json: call, headers });
    expect(kong.exit()!.status).toBe(431);
  });
});

describe('headers from the body', () => {
  it('name method and tool, whatever the client claims', async () => {
    const headers = { 'mcp-method': 'ping', 'mcp-name': 'one__u' };
    expect(await headersOf({ json: call, headers })).toMatchObject({
      'mcp-method': 'tools/call',
      'mcp-name': 'one__t',
    });
  });

  it.each(['tools/list', 'ping'])(
    'of %s name no tool: a claimed name is cleared',
    async (method) => {
      const headers = await headersOf({ json: rpc(method), headers: { 'mcp-name': 'one__u' } });
      expect(headers['mcp-method']).toBe(method);
      expect(headers).not.toHaveProperty('mcp-name');
    },
  );

  it.each(['GET', 'DELETE'])('are none on %s', async (method) => {
    const headers = { 'mcp-method': 'tools/call', 'mcp-name': 'one__u' };
    const seen = await headersOf({ method, headers });
    expect(seen).not.toHaveProperty('mcp-method');
    expect(seen).not.toHaveProperty('mcp-name');
    expect(seen['x-mcp-limit-key']).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it.each([
    ['é', '=?base64?w6k=?='],
    [' a', '=?base64?IGE=?='],
    ['=?base64?w6k=?=', '=?base64?PT9iYXNlNjQ/dzZrPT89?='],
    ['a b', 'a b'],
  ])('put %j in one canonical form', async (name, value) => {
    const headers = await headersOf({ json: rpc('tools/call', { name }) });
    expect(headers['mcp-name']).toBe(value);
  });

  it('in underscore spelling are cleared, with all that is ours', async () => {
    const headers = {
      mcp_method: 'a',
      'mcp-Name': 'b',
      mcp_name: 'c',
      x_mcp_limit_key: 'd',
      'x-mcp_handle': 'e',
      'x-mcp-subject': 'kept: mcp-oauth set it',
      x_mcp_subject: 'f',
      authorization: 'Bearer secret',
      'proxy-authorization': 'Basic secret',
      proxy_authorization: 'Basic secret',
    };
    expect(Object.keys(await headersOf({ json: call, headers })).sort()).toEqual([
      'accept',
      'content-type',
      'mcp-method',
      'mcp-name',
      'x-mcp-handle',
      'x-mcp-limit-key',
      'x-mcp-subject',
    ]);
  });

  it('X-Mcp-* of a request that did not pass mcp-oauth are cleared', async () => {
    const sent = { json: call, as: null, headers: { 'x-mcp-subject': 'root' } };
    const kong = await harness.access(sent, anonymous);
    expect(kong.upstreamHeaders()).not.toHaveProperty('x-mcp-subject');
  });

  it('too many to clear are refused, since each costs Kong a call', async () => {
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`x_mcp_${i}`, 'v']));
    const kong = await harness.access({ json: call, headers: many });
    expect(kong.exit()!.status).toBe(400);
  });
});

describe('X-Mcp-Limit-Key', () => {
  const keyOf = async (sent: Sent) => (await headersOf(sent))['x-mcp-limit-key'];
  const named = (name: string) => ({ json: rpc('tools/call', { name }) });

  it('is the same for one caller and tool', async () => {
    expect(await keyOf(named('one__t'))).toBe(await keyOf(named('one__t')));
  });

  it('differs by tool, by caller and by method', async () => {
    const keys = [
      await keyOf(named('one__t')),
      await keyOf(named('one__u')),
      await keyOf({ ...named('one__t'), as: 'bob' }),
      await keyOf({ json: rpc('tools/list') }),
      await keyOf(named('one__unknown')),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('is shared by all names that no server owns, and by all unknown methods', async () => {
    expect(await keyOf(named('x1'))).toBe(await keyOf(named('one__x2')));
    expect(await keyOf({ json: rpc('m1') })).toBe(await keyOf({ json: rpc('m2') }));
  });

  it('replaces what the client sends', async () => {
    const sent = { ...named('one__t'), headers: { 'x-mcp-limit-key': 'mine' } };
    expect(await keyOf(sent)).toBe(await keyOf(named('one__t')));
  });
});

describe('who calls', () => {
  const consumer = { 'client.getConsumer': { id: 'consumer-1', username: 'u' } };
  const credential = { 'nginx.getCtx': { id: 'credential-1', key: 'secret' } };
  const subjectOf = async (sent: Sent, config = kongConfig([{ name: 'one' }])) => {
    const kong = await harness.access({ json: call, ...sent }, config);
    const logged = kong.callsOf('log.setSerializeValue')[0]?.[2] as { subject: string } | undefined;
    return logged?.subject ?? kong.exit()!.status;
  };

  it('is whom mcp-oauth verified, before anything Kong says', async () => {
    expect(await subjectOf({ answers: { ...consumer, ...credential } })).toBe('alice');
  });

  it('is Kong’s consumer, else its credential', async () => {
    expect(await subjectOf({ as: null, answers: { ...consumer, ...credential } })).toBe(
      'consumer-1',
    );
    expect(await subjectOf({ as: null, answers: credential })).toBe('credential-1');
  });

  it('is nobody without a credential: a consumer alone is Kong’s fallback for strangers', async () => {
    expect(await subjectOf({ as: null, answers: consumer })).toBe(403);
    expect(await subjectOf({ as: null, answers: consumer }, anonymous)).toBe('');
  });

  it('is never what a header says', async () => {
    const headers = {
      'x-consumer-id': 'root',
      'x-credential-identifier': 'root',
      'x-mcp-subject': 'root',
      'x-mcp-caller-handle': 'root',
    };
    expect(await subjectOf({ as: null, headers })).toBe(403);
    expect(await subjectOf({ as: null, headers }, anonymous)).toBe('');
  });

  it('an unusable handle of mcp-oauth is refused even where strangers are served', async () => {
    const used = callerHandles.mint('oauth', { identity: identityOf('eve') });
    callerHandles.redeem('oauth', used);
    const wrong = callerHandles.mint('internal', { identity: identityOf('eve') });
    for (const handle of [used, wrong, 'x', '.']) {
      const sent = { as: null, shared: { [callerHandleKey]: handle } };
      expect(await subjectOf(sent, anonymous)).toBe(403);
    }
  });

  it('a refusal says what to configure', async () => {
    const kong = await harness.access({ json: call, as: null });
    expect(kong.exit()!.body).toMatch(/mcp-oauth.*anonymous/);
    expect(kong.exit()!.headers).toMatchObject({ 'content-type': 'application/json' });
  });
});

describe('a body that nginx keeps in a file', () => {
  const large = JSON.stringify(call);
  const spilledTo = (bodyFilepath: string) => ({ 'request.getRawBody': { bodyFilepath } });
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcp-body-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is read from there', async () => {
    const path = join(folder, 'body');
    await writeFile(path, large);
    const headers = await headersOf({ answers: spilledTo(path) });
    expect(headers['mcp-name']).toBe('one__t');
  });

  it('is refused over the limit', async () => {
    const path = join(folder, 'huge');
    await writeFile(path, ' '.repeat(1_048_577));
    const kong = await harness.access({ answers: spilledTo(path) });
    expect(kong.exit()!.status).toBe(413);
  });

  it.each([
    ['an unreadable file', spilledTo('/nonexistent/body')],
    ['an error of Kong', { 'request.getRawBody': { error: 'too big' } }],
  ])('is refused with advice for %s', async (_title, answers) => {
    const kong = await harness.access({ answers });
    expect(kong.exit()!.status).toBe(413);
    expect(kong.exit()!.body).toContain('nginx_http_client_body_buffer_size');
  });
});

describe('Origin', () => {
  const config = kongConfig([{ name: 'one' }], { allowed_origins: ['https://app.test'] });

  it.each([
    ['https://app.test', undefined],
    ['https://evil.test', 403],
    ['null', 403],
  ])('%s is answered %s', async (origin, status) => {
    const kong = await harness.access({ json: call, headers: { origin } }, config);
    expect(kong.exit()?.status).toBe(status);
  });
});

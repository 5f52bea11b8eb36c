import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sealer } from '../../../../../lib/handles/seal.js';
import { Sessions } from '../../../../../plugins/mcp-aggregate/endpoint/sessions/sessions.js';
import { FakeUpstream, tool } from '../../../../support/aggregate/fake-upstream.js';
import {
  kongConfig,
  openSession,
  rpc,
  startHarness,
} from '../../../../support/aggregate/harness.js';
import type { Harness } from '../../../../support/aggregate/harness.js';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness([new FakeUpstream('one', [tool('echo')])]);
});
afterAll(() => harness.stop());

const requests = [rpc('ping'), rpc('tools/list'), rpc('tools/call', { name: 'one__echo' })];

describe('a session over HTTP', () => {
  it.each(requests)('serves $method of its owner', async (json) => {
    const headers = { 'mcp-session-id': await openSession(harness) };
    expect((await harness.send({ json, headers })).status).toBe(200);
  });

  it.each(requests)('$method without a session is served too', async (json) => {
    expect((await harness.send({ json })).status).toBe(200);
  });

  it.each(requests)('$method in the session of another caller is 404', async (json) => {
    const headers = { 'mcp-session-id': await openSession(harness, { as: 'bob' }) };
    const response = await harness.send({ json, headers });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: -32600 } });
  });

  it.each(['unknown', '', 'A'.repeat(200), 'a b'])('an unknown one (%j) is 404', async (id) => {
    const headers = { 'mcp-session-id': id };
    expect((await harness.send({ json: rpc('ping'), headers })).status).toBe(404);
    expect((await harness.send({ method: 'DELETE', headers })).status).toBe(404);
  });

  it('two of one request are refused', async () => {
    const id = await openSession(harness);
    const headers = { 'mcp-session-id': [id, id] };
    expect((await harness.send({ json: rpc('ping'), headers })).status).toBe(400);
  });

  it('notifications in an unknown session are 404, not swallowed', async () => {
    const json = { jsonrpc: '2.0', method: 'notifications/initialized' };
    const headers = { 'mcp-session-id': 'unknown' };
    expect((await harness.send({ json, headers })).status).toBe(404);
  });

  it('ends by DELETE, for all requests', async () => {
    const headers = { 'mcp-session-id': await openSession(harness) };
    expect((await harness.send({ method: 'DELETE', headers })).status).toBe(204);
    expect((await harness.send({ json: rpc('ping'), headers })).status).toBe(404);
    expect((await harness.send({ method: 'DELETE', headers })).status).toBe(404);
  });

  it('is not ended by somebody else', async () => {
    const headers = { 'mcp-session-id': await openSession(harness) };
    expect((await harness.send({ as: 'bob', method: 'DELETE', headers })).status).toBe(404);
    expect((await harness.send({ json: rpc('ping'), headers })).status).toBe(200);
  });

  it('DELETE without one is 400', async () => {
    expect((await harness.send({ method: 'DELETE' })).status).toBe(400);
  });

  it('outlives a restart of the process, sealed by the same key', async () => {
    const headers = { 'mcp-session-id': await openSession(harness) };
    const second = await startHarness([new FakeUpstream('one')]);
    const response = await second.send({ json: rpc('ping'), headers });
    expect(response.status).toBe(200);
    await second.stop();
  });

  it('of an anonymous caller does not open for a named one', async () => {
    const config = kongConfig([{ name: 'one' }], { anonymous: true, __plugin_id: 'plugin-n' });
    const params = { protocolVersion: '2025-11-25', capabilities: {} };
    const begun = await harness.send({ as: null, json: rpc('initialize', params) }, config);
    const headers = { 'mcp-session-id': begun.headers.get('mcp-session-id')! };
    const send = (as: string | null) => harness.send({ as, json: rpc('ping'), headers }, config);
    expect((await send(null)).status).toBe(200);
    expect((await send('alice')).status).toBe(404);
  });
});

describe('Sessions', () => {
  const owner = { endpoint: 'e', principal: 'p' };
  let now = 1_000_000;
  const sealer = new Sealer([Buffer.alloc(32, 1)], () => now);

  it('opens with the version it was made for, until it expires', () => {
    const sessions = new Sessions(sealer, () => now);
    const text = sessions.mint(owner, '2025-06-18', 1000);
    expect(sessions.open(owner, text)).toMatchObject({ version: '2025-06-18' });
    now += 1000;
    expect(sessions.open(owner, text)).toBeUndefined();
  });

  it('carries what the client can be asked', () => {
    const sessions = new Sessions(sealer, () => now);
    const open = (capabilities?: number) =>
      sessions.open(owner, sessions.mint(owner, '2025-11-25', 1000, capabilities));
    expect(open(127)).toMatchObject({ capabilities: 127, version: '2025-11-25' });
    expect(open()).toMatchObject({ capabilities: 0 });
  });

  it('opens once it was opened as it did before: for its owner, in its time, until it has ended', () => {
    let at = now;
    const sessions = new Sessions(sealer, () => at);
    const text = sessions.mint(owner, '2025-11-25', 1000);
    const session = sessions.open(owner, text)!;
    expect(sessions.open(owner, text)).toEqual(session);
    expect(sessions.open({ ...owner, principal: 'mallory' }, text)).toBeUndefined();
    expect(sessions.open({ ...owner, endpoint: 'route-b' }, text)).toBeUndefined();
    expect(sessions.open(owner, text)).toEqual(session);
    at += 999;
    expect(sessions.open(owner, text)).toEqual(session);
    at += 1;
    expect(sessions.open(owner, text)).toBeUndefined();
    at -= 1;
    sessions.end(session);
    expect(sessions.open(owner, text)).toBeUndefined();
  });

  it('gives every session another name', () => {
    const sessions = new Sessions(sealer, () => now);
    const ids = [1, 2].map(
      () => sessions.open(owner, sessions.mint(owner, '2025-11-25', 1000))!.id,
    );
    expect(new Set(ids).size).toBe(2);
  });

  it('remembers no more ended sessions than it may', () => {
    const sessions = new Sessions(sealer, () => now, { capacity: 2 });
    const texts = [1, 2, 3].map(() => sessions.mint(owner, '2025-11-25', 1000));
    for (const text of texts) sessions.end(sessions.open(owner, text)!);
    const open = texts.map((text) => sessions.open(owner, text) !== undefined);
    expect(open).toEqual([true, false, false]);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ElicitationCompleteNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { startFixtureServer } from '../../conformance/fixture/fixture-server.js';
import type { FixtureServer } from '../../conformance/fixture/fixture-server.js';
import { connectLegacy } from '../../support/legacy-client.js';
import type { LegacyClient, LegacyClientOptions } from '../../support/legacy-client.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { rpc } from '../../support/rpc.js';
import { openStream } from '../../support/stream-reader.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';
import type { RunningServer } from '../../support/upstreams/server-everything.js';

const capabilities = {
  sampling: {},
  elicitation: { form: {}, url: {} },
  roots: { listChanged: true },
};

const answersOf = (who: string) => ({
  'sampling/createMessage': {
    role: 'assistant',
    model: 'test',
    content: { type: 'text', text: `${who} thinks` },
  },
  'elicitation/create': { action: 'accept', content: { username: who, email: `${who}@test` } },
  'roots/list': { roots: [{ uri: `file:///home/${who}`, name: `home of ${who}` }] },
});

/** What a tool asks; server-everything asks for the roots as well, when it likes. */
const ofCall = ({ asked }: LegacyClient) => asked.filter(({ method }) => method !== 'roots/list');

describe('servers that ask', () => {
  let everything: RunningServer;
  let fixture: FixtureServer;
  let mcp: ProtectedEndpoint;
  const clients: LegacyClient[] = [];

  beforeAll(async () => {
    [everything, fixture] = await Promise.all([startServerEverything(), startFixtureServer()]);
    const servers = [
      { name: 'everything', url: everything.url, trusted: true },
      { name: 'suite', url: fixture.url, trusted: true },
      { name: 'stranger', url: fixture.url },
    ];
    mcp = await startProtectedEndpoint({ aggregate: { servers } });
    const prefixes = ['everything__', 'suite__', 'stranger__'];
    await untilListed(mcp.resource, prefixes, { token: await mcp.token() });
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });
  afterAll(async () => {
    await mcp?.stop();
    await Promise.all([everything?.close(), fixture?.close()]);
  });

  async function connect(who: string, options: LegacyClientOptions = {}): Promise<LegacyClient> {
    const token = await mcp.token(who);
    const client = await connectLegacy(mcp.resource, {
      token,
      capabilities,
      answers: answersOf(who),
      ...options,
    });
    clients.push(client);
    return client;
  }

  it('a completion: the client is asked in the call and told who asks', async () => {
    const alice = await connect('alice');
    const text = await alice.text('everything__trigger-sampling-request', { prompt: 'hello' });
    expect(text).toContain('alice thinks');
    const asked = ofCall(alice);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      method: 'sampling/createMessage',
      params: {
        _meta: { 'kong-plugin-mcp/server': 'everything' },
        systemPrompt: 'You are a helpful test server.',
        messages: [{ content: { text: 'Resource trigger-sampling-request context: hello' } }],
      },
    });
  });

  it('the user: a form whose message names the server', async () => {
    const alice = await connect('alice');
    const text = await alice.text('suite__test_elicitation', { message: 'Who are you?' });
    expect(text).toBe(
      'User response: action=accept, content={"username":"alice","email":"alice@test"}',
    );
    expect(ofCall(alice)[0]?.params).toMatchObject({ message: '[suite] Who are you?' });
  });

  it('for the roots, on its own stream, about the call under way', async () => {
    const alice = await connect('alice');
    expect(await alice.text('everything__get-roots-list')).toContain('file:///home/alice');
    expect(new Set(alice.asked.map(({ method }) => method))).toEqual(new Set(['roots/list']));
  });

  it('that are not trusted are told that nobody can be asked', async () => {
    const alice = await connect('alice');
    const text = await alice.text('stranger__test_elicitation', { message: 'Password?' });
    expect(text).toMatch(/did not declare the required capability/);
    expect(alice.asked).toEqual([]);
  });

  it('do not ask a client for what it did not declare', async () => {
    const alice = await connect('alice', { capabilities: { roots: {} } });
    const text = await alice.text('suite__test_elicitation', { message: 'Who are you?' });
    expect(text).toMatch(/did not declare the required capability/);
    expect(alice.asked).toEqual([]);
  });

  it('say that a visit to a URL is complete, where they are trusted', async () => {
    const alice = await connect('alice');
    const completed: string[] = [];
    alice.client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => {
      completed.push(params.elicitationId);
    });
    // With a log level of its own the client has sessions of its own at both.
    await alice.client.setLoggingLevel('debug');
    for (const server of ['suite', 'stranger']) await alice.text(`${server}__test_simple_text`);
    await fixture.say('notifications/elicitation/complete', { elicitationId: 'one' });
    await fixture.say('notifications/message', { level: 'info', data: 'said after it' });
    await until(() => alice.logged.length > 1, { what: 'not both servers were heard' });
    expect(alice.logged).toEqual(['said after it', 'said after it']);
    expect(completed).toEqual(['one']);
  });

  it('ask the very client whose call it is, however many call at once', async () => {
    const names = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'];
    const all = await Promise.all([...names, 'alice'].map((who) => connect(who)));
    await Promise.all(
      all.flatMap((client, index) => {
        const who = [...names, 'alice'][index]!;
        return Array.from({ length: 5 }, async (_, call) => {
          const message = `${who} ${call}`;
          const text = await client.text('suite__test_elicitation', { message });
          expect(text).toContain(`"username":"${who}"`);
        });
      }),
    );
    for (const [index, { asked }] of all.entries()) {
      const who = [...names, 'alice'][index]!;
      const messages = asked.map(({ params }) => params?.['message']).sort();
      expect(messages).toEqual([0, 1, 2, 3, 4].map((call) => `[suite] ${who} ${call}`));
    }
  });

  it('get no answer from another client that knows the id', async () => {
    const begin = async (who: string) => {
      const token = await mcp.token(who);
      const params = { protocolVersion: '2025-11-25', capabilities, clientInfo: {} };
      const { headers } = await rpc(mcp.resource, 'initialize', { token, params });
      return { token, session: String(headers['mcp-session-id']) };
    };
    const [alice, eve] = [await begin('alice'), await begin('eve')];
    const args = { name: 'suite__test_elicitation', arguments: { message: 'secret?' } };
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: args };
    const stream = await openStream(mcp.resource, { ...alice, message });
    const [, id] = await stream.until(/"id":"([\w-]{24,})"/);
    const answerAs = async (caller: typeof alice, content: string) => {
      const result = { action: 'accept', content: { username: content, email: 'x' } };
      const body = JSON.stringify({ jsonrpc: '2.0', id, result });
      return (await rpc(mcp.resource, '', { ...caller, body })).status;
    };
    expect(await answerAs(eve, 'from eve')).toBe(202);
    expect(await answerAs({ ...eve, session: alice.session }, 'from eve')).toBe(404);
    expect(await answerAs(alice, 'from alice')).toBe(202);
    expect(await stream.rest()).toMatch(/User response: .*from alice/);
  });

  it('a question dies with its cancelled call', async () => {
    const alice = await connect('alice', {
      answers: { ...answersOf('alice'), 'elicitation/create': new Promise(() => {}) },
    });
    const controller = new AbortController();
    const call = alice.client.callTool(
      { name: 'suite__test_elicitation', arguments: { message: 'x' } },
      undefined,
      { signal: controller.signal },
    );
    call.catch(() => {});
    await until(() => Promise.resolve(alice.asked.length === 1), { what: 'nothing was asked' });
    controller.abort('enough');
    await expect(call).rejects.toThrow('enough');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFixtureServer } from '../../conformance/fixture/fixture-server.js';
import type { FixtureServer } from '../../conformance/fixture/fixture-server.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { modernRequest, modernRpc } from '../../support/modern-rpc.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { untilListed } from '../../support/rig/listed.js';
import { endpoint } from '../../support/rig/services.js';
import { openStream } from '../../support/stream-reader.js';
import { connectTaskRequester } from '../../support/task-requester.js';
import { startModernFixture } from '../../support/upstreams/modern-fixture.js';
import type { ModernFixture } from '../../support/upstreams/modern-fixture.js';

const extension = 'io.modelcontextprotocol/tasks';
const takesTasks = { elicitation: { form: {} }, extensions: { [extension]: {} } };
const missing = {
  code: -32021,
  data: { requiredCapabilities: { extensions: { [extension]: {} } } },
};

describe('tasks of a server without sessions', () => {
  let issuer: Issuer;
  let jobs: FixtureServer;
  let other: ModernFixture;
  let gateway: Gateway;
  let places: Record<'mcp' | 'second' | 'plain', string>;

  beforeAll(async () => {
    const port = await freePort();
    const at = (path: string) => `http://127.0.0.1:${port}/${path}`;
    places = { mcp: at('mcp'), second: at('second'), plain: at('plain') };
    [issuer, jobs, other] = await Promise.all([
      startIssuer(Object.values(places)),
      startFixtureServer('modern'),
      startModernFixture(),
    ]);
    const server = { name: 'jobs', url: jobs.url, trusted: true };
    const claim_rules = [
      { effect: 'deny', names: ['jobs__*'], claim: 'suspended', one_of: ['today'] },
    ];
    const endpoints = {
      mcp: [server, { name: 'other', url: other.url }],
      second: [{ ...server, trusted: false }],
      plain: [{ name: 'other', url: other.url }],
    };
    const services = Object.entries(endpoints).map(([name, servers]) => {
      const resource = places[name as keyof typeof places];
      const oauth = { resource, authorization_servers: [issuer.url] };
      return endpoint({ name, path: `/${name}`, oauth, aggregate: { servers, claim_rules } });
    });
    const env = { KONG_MCP_SEALING_KEY: Buffer.alloc(32, 9).toString('base64') };
    gateway = await startGateway({ port, env, declarative: { services } });
    const listed = (name: keyof typeof places, tool: string) =>
      untilListed(places[name], [tool], { token: () => as('ann', {}, name) });
    await Promise.all([
      listed('mcp', 'jobs__slow_compute'),
      listed('mcp', 'other__book'),
      listed('second', 'jobs__slow_compute'),
      listed('plain', 'other__book'),
    ]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), jobs?.close(), other?.close()]);
  });

  const as = (user: string, claims = {}, name: keyof typeof places = 'mcp') =>
    issuer.token(places[name], user, { claims });

  interface Asking {
    readonly token?: string;
    readonly at?: keyof typeof places;
    readonly capabilities?: object;
  }
  const ask = async (method: string, params: Record<string, unknown>, asking: Asking = {}) => {
    const { at = 'mcp', capabilities = takesTasks, token = await as('ann', {}, at) } = asking;
    return (await modernRpc(places[at], method, params, { token, capabilities })).message!;
  };
  const call = (name: string, args: object = {}, asking?: Asking) =>
    ask('tools/call', { name: `jobs__${name}`, arguments: args }, asking);
  const begun = async (name: string, args: object = {}, asking?: Asking): Promise<string> => {
    const { result } = await call(name, args, asking);
    expect(result).toMatchObject({ resultType: 'task' });
    return result!['taskId'] as string;
  };
  const settled = async (taskId: string, status: string, asking?: Asking) => {
    let state: Record<string, unknown> = {};
    await until(
      async () => {
        state = (await ask('tasks/get', { taskId }, asking)).result!;
        return state['status'] === status;
      },
      { what: `the task never was ${status}` },
    );
    expect(state).toMatchObject({ resultType: 'complete', taskId });
    return state;
  };

  it('are offered where some server has them', async () => {
    const capabilitiesAt = async (at: keyof typeof places) =>
      (await ask('server/discover', {}, { at })).result!['capabilities'];
    expect(await capabilitiesAt('mcp')).toMatchObject({ extensions: { [extension]: {} } });
    expect(await capabilitiesAt('plain')).not.toHaveProperty('extensions');
    const absent = await ask('tasks/get', { taskId: 'x' }, { at: 'plain' });
    expect(absent.error).toMatchObject({ code: -32601 });
  });

  it('come in place of a result, and end with it', async () => {
    const taskId = await begun('slow_compute', { seconds: 1, label: 'a' });
    const { result } = await settled(taskId, 'completed');
    expect(result).toMatchObject({ content: [{ text: 'computed a' }] });
  });

  it('fail, and end with errors of their tools', async () => {
    const failed = await settled(await begun('protocol_error_job'), 'failed');
    expect(failed['error']).toMatchObject({ code: -32603, message: 'the job broke' });
    const { result } = await settled(await begun('failing_job'), 'completed');
    expect(result).toMatchObject({ isError: true });
  });

  it('are cancelled', async () => {
    const taskId = await begun('slow_compute', { seconds: 600 });
    expect((await ask('tasks/cancel', { taskId })).result).toMatchObject({
      resultType: 'complete',
    });
    await settled(taskId, 'cancelled');
  });

  it('ask their client, who sees which server it is', async () => {
    const taskId = await begun('confirm_delete', { filename: 'a.txt' });
    const { inputRequests } = await settled(taskId, 'input_required');
    expect(inputRequests).toMatchObject({ confirm: { params: { message: '[jobs] Delete it?' } } });
    const inputResponses = { confirm: { action: 'accept', content: { confirm: true } } };
    const { result } = await ask('tasks/update', { taskId, inputResponses });
    expect(result).toMatchObject({ resultType: 'complete' });
    const done = await settled(taskId, 'completed');
    expect(JSON.stringify(done['result'])).toContain('a.txt: {\\"confirm\\":true}');
  });

  it('come after questions that were asked before', async () => {
    const first = await call('test_tool_with_task');
    expect(first.result).toMatchObject({ resultType: 'input_required' });
    const [key] = Object.keys(first.result!['inputRequests'] as object);
    const second = await ask('tools/call', {
      name: 'jobs__test_tool_with_task',
      arguments: {},
      requestState: first.result!['requestState'],
      inputResponses: { [key!]: { action: 'accept', content: { name: 'Alice' } } },
    });
    expect(second.result).toMatchObject({ resultType: 'task' });
    expect(second.result).not.toHaveProperty('requestState');
    const done = await settled(second.result!['taskId'] as string, 'completed');
    expect(JSON.stringify(done['result'])).toContain('worked for Alice');
  });

  it('are not given to clients that do not take them', async () => {
    const { result } = await call('slow_compute', { label: 'b' }, { capabilities: {} });
    expect(result).toMatchObject({ resultType: 'complete', content: [{ text: 'computed b' }] });
    expect((await call('failing_job', {}, { capabilities: {} })).error).toMatchObject(missing);
    const taskId = await begun('slow_compute', { seconds: 1 });
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
      const refused = await ask(method, { taskId }, { capabilities: {} });
      expect(refused.error, method).toMatchObject(missing);
    }
  });

  it('are there for whoever was given their id, at the endpoint that gave it', async () => {
    const ann = await as('ann', { client_id: 'one' });
    const taskId = await begun('slow_compute', { seconds: 1 }, { token: ann });
    const unknown = { code: -32602, message: expect.stringContaining('no such task') };
    const altered = `${taskId.slice(0, -6)}AAAAAA`;
    const id = (text: string, asking: Asking) => ask('tasks/get', { taskId: text }, asking);
    const tries = [
      id(taskId, { token: await as('ben', { client_id: 'one' }) }),
      id(taskId, { token: await as('ann', { client_id: 'two' }) }),
      id(taskId, { token: await as('ann', { client_id: 'one', suspended: 'today' }) }),
      id(taskId, { token: await as('ann', { client_id: 'one' }, 'second'), at: 'second' }),
      id(altered, { token: ann }),
      id(taskId.slice(0, -8), { token: ann }),
      id('786512e2-9e0d-44bd-8f29-789f320fe840', { token: ann }),
      ask('tasks/cancel', { taskId: altered }, { token: ann }),
      ask('tasks/update', { taskId: altered, inputResponses: {} }, { token: ann }),
    ];
    for (const refused of await Promise.all(tries)) expect(refused.error).toMatchObject(unknown);
    expect((await id(taskId, { token: ann })).result).toMatchObject({ taskId });
    expect((await ask('tasks/get', {})).error).toMatchObject({ code: -32602 });
  });

  it('of a server that may not ask anybody do not ask', async () => {
    const taskId = await begun('confirm_delete', { filename: 'a' }, { at: 'second' });
    const { error } = await ask('tasks/get', { taskId }, { at: 'second' });
    expect(error?.message).toContain('asks what its client cannot be asked');
  });

  it('are told of as they change, to whom they belong', async () => {
    const token = await as('ann');
    const taskId = await begun('confirm_delete', { filename: 'b.txt' }, { token });
    const foreign = await begun('slow_compute', { seconds: 1 }, { token: await as('ben') });
    const listen = { notifications: { taskIds: [taskId, foreign, 'made-up'] } };
    const capabilities = {};
    const refused = await ask('subscriptions/listen', listen, { token, capabilities });
    expect(refused.error).toMatchObject(missing);
    const { params, headers } = modernRequest('subscriptions/listen', listen, takesTasks);
    const message = { jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params };
    const stream = await openStream(places.mcp, { token, headers, message });
    const [, ack = ''] = await stream.until(/data: (.*acknowledged.*)\n/);
    expect(JSON.parse(ack).params.notifications).toEqual({ taskIds: [taskId] });
    const inputResponses = { confirm: { action: 'accept', content: { confirm: true } } };
    await ask('tasks/update', { taskId, inputResponses }, { token });
    const [, told = ''] = await stream.until(/data: (.*notifications\/tasks.*completed.*)\n/);
    const note = JSON.parse(told).params;
    expect(note).toMatchObject({ taskId, status: 'completed' });
    expect(JSON.stringify(note.result)).toContain('b.txt');
    expect(note._meta).toMatchObject({ 'io.modelcontextprotocol/subscriptionId': 1 });
    await stream.leave();
  });

  it('lead the official requester to their results', async () => {
    const requester = await connectTaskRequester(places.mcp, await as('ann'), { confirm: true });
    const called = async (name: string, args: Record<string, string | number>) =>
      JSON.stringify(await requester.call(`jobs__${name}`, args));
    expect(await called('slow_compute', { seconds: 1, label: 'x' })).toContain('computed x');
    expect(await called('confirm_delete', { filename: 'c.txt' })).toContain('c.txt');
    expect(requester.asked).toEqual(['[jobs] Delete it?']);
    await requester.close();
  });

  it('are known after a restart, with a configured key', async () => {
    const taskId = await begun('slow_compute', { seconds: 1, label: 'c' });
    await gateway.pluginServer.respawn();
    const { result } = await settled(taskId, 'completed');
    expect(result).toMatchObject({ content: [{ text: 'computed c' }] });
  });
});

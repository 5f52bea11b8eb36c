import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setLogLevel } from '../../../../lib/log.js';
import { events, FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import { kongConfig, openSession, rpc, startHarness } from '../../../support/aggregate/harness.js';
import type { Harness, Sent } from '../../../support/aggregate/harness.js';
import { askModern, modernRequest } from '../../../support/aggregate/modern.js';
import { twoWorkers } from '../../../support/aggregate/two-workers.js';
import {
  ask,
  at,
  find,
  search,
  searched,
  through,
  view,
} from '../../../support/aggregate/searching.js';
import type { Message } from '../../../support/aggregate/searching.js';

beforeAll(() => setLogLevel('error'));
afterAll(() => setLogLevel('info'));

describe('a call by way of call_tool', () => {
  const header = { type: 'string', 'x-mcp-header': 'Region' };
  const a = new FakeUpstream('a', [
    tool('plain'),
    tool('mirrored', { inputSchema: { type: 'object', properties: { region: header } } }),
  ]);
  a.modern = true;
  const config = searched([a]);
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness([a]);
    await find(harness, { query: 'plain' }, config);
  });
  afterAll(() => harness.stop());

  it('must come as what its headers say, and goes on as what it is', async () => {
    const params = { name: 'call_tool', arguments: { name: 'a__plain' } };
    const good = await harness.access(modernRequest('tools/call', params, at), config);
    expect(good.upstreamHeaders()['mcp-name']).toBe('a__plain');
    const lie = { ...at, headers: { 'mcp-name': 'a__plain' } };
    const { message, status } = await askModern(harness, 'tools/call', params, lie, config);
    expect(status).toBe(400);
    expect(message.error?.code).toBe(-32020);
  });

  it('has the headers that its tool wants, whatever its client says', async () => {
    const inner = { name: 'a__mirrored', arguments: { region: 'eu' } };
    const params = { name: 'call_tool', arguments: inner };
    const said: readonly Record<string, string>[] = [{}, { 'mcp-param-region': 'us' }];
    for (const headers of said) {
      const request = modernRequest('tools/call', params, { ...at, headers });
      const kong = await harness.access(request, config);
      expect(kong.upstreamHeaders()['mcp-param-region']).toBe('eu');
      expect((await harness.send(request, config)).status).toBe(200);
    }
    const without = { name: 'call_tool', arguments: { name: 'a__mirrored' } };
    const lie = { ...at, headers: { 'mcp-param-region': 'us' } };
    const { message } = await askModern(harness, 'tools/call', without, lie, config);
    expect(message.error?.code).toBe(-32020);
  });

  it('opens nothing for another body than the admitted one', async () => {
    const request: Sent = {
      ...through({ name: 'a__plain' }),
      tamper: (sent) => void (sent.body = sent.body.replace('a__plain', 'a__other')),
    };
    const answered = await ask(harness, request, config);
    expect(answered.error?.code).toBe(-32020);
    const unwrapped: Sent = {
      ...through({ name: 'a__plain' }),
      tamper: (sent) => {
        sent.body = JSON.stringify(rpc('tools/call', { name: 'a__plain' }, 1));
      },
    };
    expect((await ask(harness, unwrapped, config)).error?.code).toBe(-32020);
  });

  it('is in the batches of the first version that has them', async () => {
    const own = await startHarness([a], { config });
    try {
      const session = await openSession(own, at, '2025-03-26');
      const json = [rpc('tools/call', { name: 'call_tool', arguments: { name: 'a__plain' } }, 5)];
      const headers = { 'mcp-session-id': session };
      const kong = await own.access({ ...at, json, headers });
      expect(kong.upstreamHeaders()['mcp-name']).toBe('a__plain');
      const [answered] = (await (await own.send({ ...at, json, headers })).json()) as Message[];
      expect(answered?.result?.content?.[0]?.text).toBe('plain');
    } finally {
      await own.stop();
    }
  });

  it('is the same at another worker, which keeps its session', async () => {
    const one = kongConfig([{ name: 'one' }], { views: [view] });
    const workers = await twoWorkers({ config: one });
    try {
      const [first, second] = workers.all;
      const headers = { 'mcp-session-id': await openSession(first, at) };
      const request = { ...through({ name: 'one__t' }), headers };
      for (const worker of [first, second]) {
        const response = await worker.send(request);
        expect(((await response.json()) as Message).result?.content?.[0]?.text).toBe('t');
      }
      expect([first.one.calls.length, second.one.calls.length]).toEqual([2, 0]);
      const sought = await second.send({ ...search({ query: 't' }), headers });
      expect(await sought.text()).toContain('one__t');
    } finally {
      await workers.stop();
    }
  });
});

describe('tools for tasks', () => {
  const extension = 'io.modelcontextprotocol/tasks';
  const capabilities = {
    'io.modelcontextprotocol/clientCapabilities': { extensions: { [extension]: {} } },
  };

  it('are found by clients that take tasks, and their tasks go on as ever', async () => {
    const jobs = new FakeUpstream('jobs', [
      tool('run', { execution: { taskSupport: 'required' } }),
      tool('walk'),
    ]);
    jobs.modern = true;
    jobs.capabilities = [extension];
    jobs.script = ({ method }) => {
      const task = method === 'tools/call';
      return events({ type: 'done', result: Buffer.from('{"taskId":"own"}'), modern: true, task });
    };
    const config = searched([jobs]);
    const harness = await startHarness([jobs], { config });
    try {
      const call = async (name: string, args: object, _meta: object = {}) => {
        const params = { name, arguments: args, _meta };
        return (await askModern(harness, 'tools/call', params, at)).message;
      };
      const query = { query: 'run walk' };
      expect(JSON.stringify(await call('search_tools', query))).not.toContain('jobs__run');
      expect(JSON.stringify(await call('search_tools', query, capabilities))).toContain(
        'jobs__run',
      );
      const { result } = await call('call_tool', { name: 'jobs__run' }, capabilities);
      expect(result).toMatchObject({ resultType: 'task' });
      const taskId = String(result!['taskId']);
      const headers = { 'mcp-name': taskId };
      const got = { taskId, _meta: capabilities };
      await askModern(harness, 'tasks/get', got, { ...at, headers });
      expect(jobs.calls.at(-1)).toMatchObject({ method: 'tasks/get', mirrored: 'own' });
    } finally {
      await harness.stop();
    }
  });
});

describe('a configuration of discovery', () => {
  it.each([
    [{ discovery: false, always_listed: ['x'] }, 'views[v].always_listed', 'needs discovery'],
    [{ tools: [], prompts: ['*'] }, 'views[v].discovery', 'shows no tools'],
  ])('that cannot be is refused at start: %j', async (own, field, why) => {
    const a = new FakeUpstream('a', [tool('x')]);
    const harness = await startHarness([a]);
    try {
      const config = searched([a], own);
      await expect(harness.access({ ...at, json: rpc('tools/list') }, config)).rejects.toThrow(
        expect.objectContaining({ message: expect.stringContaining(why) as string }),
      );
      await expect(harness.access({ ...at, json: rpc('tools/list') }, config)).rejects.toThrow(
        field,
      );
    } finally {
      await harness.stop();
    }
  });
});

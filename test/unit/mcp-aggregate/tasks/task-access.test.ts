import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { events, FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import { rpc, startHarness } from '../../../support/aggregate/harness.js';
import type { Harness } from '../../../support/aggregate/harness.js';

const extension = 'io.modelcontextprotocol/tasks';
const version = '2026-07-28';
const _meta = {
  'io.modelcontextprotocol/protocolVersion': version,
  'io.modelcontextprotocol/clientCapabilities': { extensions: { [extension]: {} } },
};

let harness: Harness;
const jobs = new FakeUpstream('jobs', [tool('run')]);
jobs.modern = true;
jobs.capabilities = [extension];
let created = 0;
jobs.script = ({ method }) => {
  const task = method === 'tools/call';
  const result = Buffer.from(JSON.stringify({ taskId: task ? `own-${++created}` : 'own' }));
  return events({ type: 'done', result, modern: true, task });
};

beforeAll(async () => {
  harness = await startHarness([jobs]);
});
afterAll(() => harness.stop());

const request = (method: string, params: Readonly<Record<string, unknown>>) => ({
  json: rpc(method, { ...params, _meta }),
  headers: {
    'mcp-protocol-version': version,
    'mcp-method': method,
    'mcp-name': String(params['name'] ?? params['taskId']),
  },
});

async function taskOf(): Promise<string> {
  const answer = await harness.send(request('tools/call', { name: 'jobs__run' }));
  const { result } = (await answer.json()) as { result: { taskId: string; resultType: string } };
  expect(result.resultType).toBe('task');
  return result.taskId;
}

describe('a request about a task', () => {
  it('is of its server for Kong, whose logs do not hold what could be used', async () => {
    const ids = [await taskOf(), await taskOf()];
    const seen = await Promise.all(
      [...ids, 'made-up', 'made-up too'].map(async (taskId) => {
        const kong = await harness.access(request('tasks/get', { taskId }));
        const [, , values] = kong.callsOf('log.setSerializeValue')[0]!;
        const headers = kong.upstreamHeaders() as Record<string, string>;
        return { values, key: headers['x-mcp-limit-key'] };
      }),
    );
    const [first, second, unknown, other] = seen;
    expect(first!.values).toMatchObject({
      method: 'tasks/get',
      server: 'jobs',
      name: expect.stringMatching(/^[A-Za-z0-9_-]{16}$/) as string,
    });
    expect(JSON.stringify(seen)).not.toContain(ids[0]);
    expect(second!.key).toBe(first!.key);
    expect(unknown!.values).not.toHaveProperty('server');
    expect(unknown!.key).toBe(other!.key);
    expect(unknown!.key).not.toBe(first!.key);
  });

  it('reaches the server under its own id', async () => {
    const taskId = await taskOf();
    const answer = await harness.send(request('tasks/cancel', { taskId }));
    expect(answer.status).toBe(200);
    expect(jobs.calls.at(-1)).toMatchObject({ mirrored: `own-${created}`, tasks: true });
    expect(JSON.parse(jobs.calls.at(-1)!.params!.toString())).toMatchObject({
      taskId: `own-${created}`,
    });
  });
});

import { describe, expect, it } from 'vitest';
import {
  createdTask,
  withTaskId,
} from '../../../../plugins/mcp-aggregate/core/tasks/task-result.js';
import { showTaskAsks } from '../../../../plugins/mcp-aggregate/core/tasks/task-asks.js';
import { rewriteResult } from '../../../../plugins/mcp-aggregate/core/uris/rewrite-result.js';

const expose = (uri: string) => `mcp+s+${uri}`;
const link = (uri: string) => ({ type: 'resource_link', uri, name: 'r' });

describe('a task that is created', () => {
  it.each([
    ['{"taskId":"a","ttlMs":60000}', { id: 'a', ttlMs: 60_000 }],
    ['{"resultType":"task","taskId":"\\u0061","ttlMs":null}', { id: 'a', ttlMs: undefined }],
    ['{"taskId":"a"}', { id: 'a', ttlMs: undefined }],
  ])('is read from %s', (raw, task) => {
    expect(createdTask('s', Buffer.from(raw))).toEqual(task);
  });

  it.each([
    '{"taskId":""}',
    '{"taskId":1}',
    '{"taskId":"\\ud800"}',
    '{"taskId":"a","taskId":"b"}',
    '{"task":{"taskId":"a"}}',
    '{}',
  ])('is none in %s', (raw) => {
    const refused = expect.objectContaining({ code: 'upstream_protocol' });
    expect(() => createdTask('s', Buffer.from(raw))).toThrow(refused);
  });

  it('is known by another id; every other byte stays', () => {
    const raw = Buffer.from('{ "n":1e400, "taskId" : "a", "result":{"taskId":"a"} }');
    expect(withTaskId(raw, 'ß"').toString()).toBe(
      '{ "n":1e400, "taskId" : "ß\\"", "result":{"taskId":"a"} }',
    );
  });
});

describe('how a task stands', () => {
  it('has the URIs that clients see in its result', () => {
    const result = { content: [link('x:/a')], structuredContent: { uri: 'x:/b' } };
    const raw = JSON.stringify({ taskId: 'a', status: 'completed', result });
    const shown = rewriteResult('tasks/get', Buffer.from(raw), expose).toString();
    expect(shown).toBe(raw.replace('x:/a', 'mcp+s+x:/a'));
  });

  it('says who asks, in questions of each kind', () => {
    const inputRequests = {
      name: { method: 'elicitation/create', params: { message: 'Your name?' } },
      roots: { method: 'roots/list' },
      text: {
        method: 'sampling/createMessage',
        params: { messages: [{ role: 'user', content: link('x:/a') }] },
      },
    };
    const raw = Buffer.from(JSON.stringify({ taskId: 'a', inputRequests }));
    const shown = JSON.parse(showTaskAsks(raw, 'jobs', expose).toString());
    const _meta = { 'kong-plugin-mcp/server': 'jobs' };
    expect(shown.inputRequests).toEqual({
      name: { method: 'elicitation/create', params: { message: '[jobs] Your name?', _meta } },
      roots: { method: 'roots/list', params: { _meta } },
      text: {
        method: 'sampling/createMessage',
        params: { messages: [{ role: 'user', content: link('mcp+s+x:/a') }], _meta },
      },
    });
  });
});

import { describe, expect, it } from 'vitest';
import { interpretModern } from '../../../../plugins/mcp-aggregate/upstream/modern/modern-answer.js';
import { readDiscover } from '../../../../plugins/mcp-aggregate/upstream/modern/discover.js';
import { modernParams } from '../../../../plugins/mcp-aggregate/upstream/modern/modern-params.js';

const extension = 'io.modelcontextprotocol/tasks';
const form = Buffer.from('{"elicitation":{"form":{}}}');
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const question = { method: 'elicitation/create', params: { message: 'Go on?' } };

interface Case {
  readonly method?: string;
  readonly tasks?: boolean;
  readonly capabilities?: Buffer;
}
const answered = (result: object, { method = 'tools/call', tasks = true, capabilities }: Case) =>
  interpretModern('s', { method, params: undefined, capabilities }, tasks, {
    type: 'done',
    result: json(result),
  });

describe('a server without sessions', () => {
  it('is told of tasks where it has them, beside what the client can be asked', () => {
    const request = { method: 'tools/call', params: undefined, capabilities: form };
    const declared = (tasks: boolean) =>
      JSON.parse(modernParams(request, tasks).toString())._meta[
        'io.modelcontextprotocol/clientCapabilities'
      ];
    expect(declared(true)).toEqual({
      elicitation: { form: {} },
      extensions: { [extension]: {} },
    });
    expect(declared(false)).toEqual({ elicitation: { form: {} } });
  });

  it.each([
    [{ extensions: { [extension]: {} } }, true],
    [{ extensions: { [extension]: null } }, false],
    [{ extensions: {} }, false],
    [{ tasks: {} }, false],
    [{}, false],
  ])('has tasks as it says in server/discover: %j', (capabilities, has) => {
    const result = json({ supportedVersions: ['2026-07-28'], capabilities });
    expect(readDiscover('s', result).offered.has(extension)).toBe(has);
  });

  it('may give a task in place of the result of a tool, to a client that takes them', () => {
    const task = { resultType: 'task', taskId: 'a' };
    expect(answered(task, {})).toMatchObject({ type: 'done', task: true });
    expect(answered(task, { tasks: false })).toMatchObject({ type: 'fail' });
    expect(answered(task, { method: 'prompts/get' })).toMatchObject({ type: 'fail' });
    expect(answered(task, { method: 'tasks/get' })).toMatchObject({ type: 'fail' });
  });

  it('may ask in a task what its client can be asked', () => {
    const asking = (inputRequests: unknown) => ({ resultType: 'complete', inputRequests });
    const method = 'tasks/get';
    const state = asking({ k: question });
    expect(answered(state, { method, capabilities: form })).toMatchObject({ type: 'done' });
    expect(answered(state, { method })).toMatchObject({ type: 'fail' });
    const url = asking({ k: { ...question, params: { mode: 'url', message: 'm', url: 'x:' } } });
    expect(answered(url, { method, capabilities: form })).toMatchObject({ type: 'fail' });
    const created = { ...asking({ k: question }), resultType: 'task', taskId: 'a' };
    expect(answered(created, {})).toMatchObject({ type: 'fail' });
    for (const bad of [[], 1, { k: 1 }, { k: {} }]) {
      expect(answered(asking(bad), { method, capabilities: form })).toMatchObject({ type: 'fail' });
    }
    const twice = Buffer.from(
      `{"inputRequests":{},"inputRequests":{"k":${JSON.stringify(question)}}}`,
    );
    const request = { method, params: undefined, capabilities: form };
    expect(interpretModern('s', request, true, { type: 'done', result: twice })).toMatchObject({
      type: 'fail',
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { done, events, FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import { kongConfig, rpc, startHarness } from '../../../support/aggregate/harness.js';
import type { Harness } from '../../../support/aggregate/harness.js';

const one = new FakeUpstream('one', [tool('t')]);
one.more = {
  prompt: [{ name: 'hello' }],
  resource: [{ uri: 'test://a', name: 'a' }],
  template: [{ uriTemplate: 'test://x/{id}', name: 'x' }],
};
one.capabilities = ['completions'];
const two = new FakeUpstream(
  'two',
  Array.from({ length: 5 }, (_, i) => tool(`t${i}`)),
);
two.more = { prompt: [{ name: 'bye' }], resource: [] };
let harness: Harness;

beforeAll(async () => {
  const config = kongConfig([one, two], { page_size: 4 });
  harness = await startHarness([one, two], { config });
});
afterAll(() => harness.stop());

interface Answer {
  readonly result?: Record<string, unknown>;
  readonly error?: { code: number; message: string; data?: unknown };
}
const ask = async (method: string, params?: unknown, as = 'alice') =>
  (await (await harness.send({ json: rpc(method, params), as })).json()) as Answer;
const reply = (result: unknown) => {
  one.script = () => done(result);
};
const sent = () => one.calls.at(-1)!.params!.toString();

describe('methods that servers answer together', () => {
  it.each([
    ['prompts/list', { prompts: [{ name: 'one__hello' }, { name: 'two__bye' }] }],
    ['resources/list', { resources: [{ uri: 'mcp+one+test://a', name: 'a' }] }],
    [
      'resources/templates/list',
      { resourceTemplates: [{ uriTemplate: 'mcp+one+test://x/{id}', name: 'x' }] },
    ],
  ])('%s shows all of them', async (method, result) => {
    expect(await ask(method)).toMatchObject({ result });
  });

  it('page by page', async () => {
    const first = (await ask('tools/list')).result!;
    expect(first['tools']).toHaveLength(4);
    const cursor = first['nextCursor'] as string;
    expect(cursor).toMatch(/^[A-Za-z0-9_-]{50,}$/);
    const second = (await ask('tools/list', { cursor })).result!;
    expect((second['tools'] as { name: string }[]).map(({ name }) => name)).toEqual([
      'two__t3',
      'two__t4',
    ]);
    expect(second).not.toHaveProperty('nextCursor');
  });

  it('for nobody else, and no other list, than the cursor was given out for', async () => {
    const cursor = (await ask('tools/list')).result!['nextCursor'] as string;
    const flipped = cursor.slice(0, 40) + (cursor[40] === 'A' ? 'B' : 'A') + cursor.slice(41);
    const refused = { error: { code: -32602 } };
    expect(await ask('tools/list', { cursor }, 'mallory')).toMatchObject(refused);
    expect(await ask('prompts/list', { cursor })).toMatchObject(refused);
    for (const bad of ['', 'x', flipped, 7, null, {}]) {
      expect(await ask('tools/list', { cursor: bad })).toMatchObject(refused);
    }
  });
});

describe('methods that one server answers', () => {
  it('prompts/get reaches the owner under its own name', async () => {
    const resource = { uri: 'test://a', text: 'x' };
    reply({ messages: [{ role: 'user', content: { type: 'resource', resource } }] });
    const answer = await ask('prompts/get', { name: 'one__hello', arguments: { uri: 'test://a' } });
    expect(sent()).toBe('{"name":"hello","arguments":{"uri":"test://a"}}');
    expect(answer).toMatchObject({
      result: { messages: [{ content: { resource: { uri: 'mcp+one+test://a' } } }] },
    });
  });

  it('resources/read reaches the owner of the URI, listed or not', async () => {
    reply({ contents: [{ uri: 'test://unlisted', text: 'test://unlisted' }] });
    const answer = await ask('resources/read', { uri: 'mcp+one+test://unlisted' });
    expect(sent()).toBe('{"uri":"test://unlisted"}');
    expect(answer.result).toEqual({
      contents: [{ uri: 'mcp+one+test://unlisted', text: 'test://unlisted' }],
    });
  });

  it.each([
    ['a prompt', { type: 'ref/prompt', name: 'one__hello' }, { type: 'ref/prompt', name: 'hello' }],
    [
      'a template',
      { type: 'ref/resource', uri: 'mcp+one+test://x/{id}' },
      { type: 'ref/resource', uri: 'test://x/{id}' },
    ],
  ])('completion/complete reaches the owner of %s', async (_title, ref, own) => {
    const result = { completion: { values: ['mcp+one+x'] } };
    reply(result);
    const argument = { name: 'id', value: 'mcp+one+test://a' };
    expect(await ask('completion/complete', { ref, argument })).toMatchObject({ result });
    expect(JSON.parse(sent())).toEqual({ ref: own, argument });
  });

  it('completion/complete is empty for a server that completes nothing', async () => {
    const ref = { type: 'ref/prompt', name: 'two__bye' };
    const params = { ref, argument: { name: 'a', value: '' } };
    expect(await ask('completion/complete', params)).toMatchObject({
      result: { completion: { values: [] } },
    });
    expect(two.calls).toEqual([]);
  });

  it('tools/call does not pass on the wish for a task', async () => {
    reply({ content: [{ type: 'resource_link', uri: 'test://a', name: 'a' }] });
    const answer = await ask('tools/call', { task: { ttl: 1 }, name: 'one__t', arguments: {} });
    expect(sent()).toBe('{"name":"t","arguments":{}}');
    expect(answer).toMatchObject({ result: { content: [{ uri: 'mcp+one+test://a' }] } });
  });

  it('an error of the server names the URI that the client used', async () => {
    const error = Buffer.from('{"code":-32002,"message":"none","data":{"uri":"test://b"}}');
    one.script = () => events({ type: 'fail', failure: { kind: 'answered', error } });
    expect(await ask('resources/read', { uri: 'mcp+one+test://b' })).toMatchObject({
      error: { code: -32002, data: { uri: 'mcp+one+test://b' } },
    });
  });

  it.each([
    ['prompts/get', { name: 'hello' }, -32602, 'Unknown prompt: hello'],
    ['prompts/get', { name: 'one__bye' }, -32602, 'Unknown prompt: one__bye'],
    ['resources/read', { uri: 'test://a' }, -32002, 'Unknown resource: test://a'],
    ['resources/read', { uri: 'mcp+three+a' }, -32002, 'Unknown resource: mcp+three+a'],
    [
      'completion/complete',
      { ref: { type: 'ref/resource', uri: 'a' }, argument: { name: 'a', value: '' } },
      -32602,
      'Unknown resource: a',
    ],
  ])('%s of %j is answered %i, naming it', async (method, params, code, message) => {
    expect(await ask(method, params)).toMatchObject({ error: { code, message } });
  });

  it('an unknown resource is named in the error’s data', async () => {
    expect((await ask('resources/read', { uri: 'a:b' })).error!.data).toEqual({ uri: 'a:b' });
  });
});

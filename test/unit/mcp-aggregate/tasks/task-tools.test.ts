import { beforeEach, describe, expect, it } from 'vitest';
import { exposureOf } from '../../../support/aggregate/exposure.js';
import { FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import { endpointOf, pageOf } from '../../../support/aggregate/items.js';

const extension = 'io.modelcontextprotocol/tasks';
const required = { execution: { taskSupport: 'required' } };

let upstream: FakeUpstream;
beforeEach(() => {
  upstream = new FakeUpstream('s', [tool('plain'), tool('job', required)]);
});

async function listed(client: { readonly modern?: boolean; readonly tasks?: boolean }) {
  const { items, load } = endpointOf([
    { upstream, exposure: exposureOf({ name: 's' }), prefix: 's__' },
  ]);
  await load();
  const page = JSON.parse((await pageOf(items.lists.tool, client)).toString());
  return page.tools.map(({ name }: { name: string }) => name);
}

describe('a tool that can only be called as a task', () => {
  it('is shown to clients that take tasks alone', async () => {
    upstream.modern = true;
    upstream.capabilities = [extension];
    expect(await listed({ modern: true, tasks: true })).toEqual(['s__plain', 's__job']);
    expect(await listed({ modern: true })).toEqual(['s__plain']);
    expect(await listed({})).toEqual(['s__plain']);
  });

  it('is shown to nobody where its server has not the extension, or is of the other era', async () => {
    upstream.modern = true;
    expect(await listed({ modern: true, tasks: true })).toEqual(['s__plain']);
    upstream.modern = false;
    upstream.capabilities = [extension];
    expect(await listed({ modern: true, tasks: true })).toEqual(['s__plain']);
  });
});

describe('a task', () => {
  const endpoint = (rules = {}) =>
    endpointOf([{ upstream, exposure: exposureOf({ name: 's', ...rules }), prefix: 's__' }]).items
      .router;
  const task = { server: 's', tool: 'plain', id: 'own' };

  it('is found at its server, under the tool that it came of', () => {
    expect(endpoint().taskTarget('sealed', task)).toMatchObject({
      kind: 'task',
      name: 'sealed',
      original: 'own',
      tool: 's__plain',
    });
    const overrides = new Map([['plain', { rename: 'other', description: undefined }]]);
    expect(endpoint({ overrides }).taskTarget('sealed', task)?.tool).toBe('s__other');
  });

  it('is found nowhere once its server or its tool is not served any more', () => {
    expect(endpoint().taskTarget('sealed', { ...task, server: 'other' })).toBeUndefined();
    const tools = { allow: [], deny: ['pl*'] };
    expect(endpoint({ tools }).taskTarget('sealed', task)).toBeUndefined();
  });
});

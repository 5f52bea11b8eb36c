import { afterEach, describe, expect, it } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { prepareItems } from '../../../../../plugins/mcp-aggregate/core/items/prepare-items.js';
import { anyForm } from '../../../../support/aggregate/any-form.js';
import { exposureOf } from '../../../../support/aggregate/exposure.js';
import { answer, startHttpFixture } from '../../../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../../../support/upstreams/http-fixture.js';
import { stdioFixture } from '../../../../support/upstreams/stdio-fixture.js';
import {
  only,
  stdioUpstream,
  testCall,
  urlUpstream,
} from '../../../../support/upstreams/under-test.js';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const tool = (name: string, levels: number, padding = '') =>
  `{"name":"${name}","x":${nested(levels)},"padding":"${padding}"}`;
const why = 'server srv sent JSON that is nested more than 512 levels deep';

describe('what a server nests too deeply', () => {
  let fixture: HttpFixture;
  let upstream: Upstream;
  afterEach(async () => {
    await upstream.close();
    await fixture?.close();
  });

  const list = async () => {
    const { items } = await upstream.list('tool', new AbortController().signal);
    return prepareItems('tool', items, exposureOf({ name: 's' }), () => Promise.resolve(), anyForm);
  };

  it.each([
    ['small', ''],
    ['large', 'x'.repeat(200_000)],
  ])('costs a %s list the item at fault, which is named, and no other', async (_size, padding) => {
    fixture = await startHttpFixture();
    upstream = urlUpstream(fixture.url, { maxResponseBytes: 4_000_000 });
    fixture.on('tools/list', (arrived, response) => {
      const names = ['a', 'b', 'c', 'd', 'e', 'f'];
      const tools = [tool('deep', 600), ...names.map((name) => tool(name, 508, padding))];
      answer(arrived, response, `{"tools":[${tools.join(',')}]}`);
    });
    const { items, refused } = await list();
    expect(items.map(({ original }) => original)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(refused).toEqual([{ item: 'deep', reason: 'it is nested more than 509 levels deep' }]);
  });

  it.each([600, 200_000])('ends a call with the limit, not a deadline (%i)', async (levels) => {
    fixture = await startHttpFixture();
    upstream = urlUpstream(fixture.url);
    fixture.on('tools/call', (arrived, response) => {
      answer(arrived, response, `{"content":${nested(levels)}}`);
    });
    expect(await only(upstream.call(testCall('{"name":"t"}')))).toMatchObject({
      fail: 'upstream_protocol',
      message: why,
    });
  });

  it('ends the call of a child whose answer it is, at once', async () => {
    const child = stdioFixture();
    upstream = stdioUpstream(child, { timeoutMs: 60_000 });
    const lines = [`{"jsonrpc":"2.0","id":$ID,"result":{"content":${nested(600)}}}`];
    const call = testCall({ name: 'raw', arguments: { lines } });
    expect(await only(upstream.call(call))).toMatchObject({ message: why });
    child.remove();
  });
});

import { describe, expect, it } from 'vitest';
import { modernResult } from '../../../../../plugins/mcp-aggregate/core/eras/modern-result.js';
import { placesOf } from '../../../../../plugins/mcp-aggregate/core/eras/result-places.js';
import { WayBack } from '../../../../../plugins/mcp-aggregate/core/eras/way-back.js';
import type { Done } from '../../../../../plugins/mcp-aggregate/core/calls/call.js';
import type { Target } from '../../../../../plugins/mcp-aggregate/core/calls/router.js';
import { exposureOf } from '../../../../support/aggregate/exposure.js';
import { testCall } from '../../../../support/upstreams/under-test.js';

const link = '{"type":"resource_link","name":"n","uri":"file:///a"}';
const raw = Buffer.from(
  `{"content":[${link}],"_meta":{"a":1},"resultType":"complete","ttlMs":5,"cacheScope":"public"}`,
);

const nobody = {
  config: { access: {} as never },
  subject: { claims: {}, granted: new Set<string>() },
};

async function back(modern: boolean): Promise<Done> {
  const exposure = exposureOf({ name: 'own' });
  const server = { name: 'own', trusted: true, exposure } as unknown as Target['server'];
  const target: Target = { kind: 'tool', server, name: 'own__t', original: 't' };
  const way = new WayBack(target, { ...testCall({}), modern }, nobody);
  const done = { type: 'done', result: raw, places: placesOf(raw), modern: true } as const;
  const taken = await way.take(done);
  if (taken === undefined || !('type' in taken) || taken.type !== 'done') throw new Error('lost');
  return taken;
}

describe('a result of a server without sessions', () => {
  it('whose URIs are made others is completed where its members stand by then', async () => {
    const done = await back(true);
    const made = JSON.parse(
      modernResult(done.result, 'gateway', undefined, 'complete', done.places).toString(),
    );
    expect(made).toMatchObject({ resultType: 'complete', _meta: { a: 1 }, ttlMs: 5 });
    expect(made.content[0].uri).toBe('mcp+own+file:///a');
  });

  it('reaches a client with a session without what only the other era knows', async () => {
    const { result } = await back(false);
    expect(result.toString()).toBe(
      '{"content":[{"type":"resource_link","name":"n","uri":"mcp+own+file:///a"}],"_meta":{"a":1}}',
    );
  });
});

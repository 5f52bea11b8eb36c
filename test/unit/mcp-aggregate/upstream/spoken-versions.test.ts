import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Upstream } from '../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { answer, startHttpFixture } from '../../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../../support/upstreams/http-fixture.js';
import { only, testCall, urlUpstream } from '../../../support/upstreams/under-test.js';

let fixture: HttpFixture;
let upstream: Upstream | undefined;

beforeEach(async () => {
  fixture = await startHttpFixture({ revision: '2025-06-18' });
});
afterEach(async () => {
  await upstream?.close();
  await fixture.close();
});

/** A call of a client of either era to a server that is spoken to in these versions. */
async function call(versions: readonly string[], modern: boolean) {
  upstream = urlUpstream(fixture.url, { versions });
  return only(upstream.call({ ...testCall('{"name":"t"}'), modern }));
}

describe('protocol_versions of a server', () => {
  it('with sessions alone: it is not asked for the other era', async () => {
    expect(await call(['2025-06-18', '2024-11-05'], true)).toHaveProperty('done');
    expect(fixture.of('server/discover')).toEqual([]);
    const [opening] = fixture.of('initialize');
    expect(opening?.params).toMatchObject({ protocolVersion: '2025-06-18' });
  });

  it('without sessions alone: it is not asked for any', async () => {
    expect(await call(['2026-07-28'], false)).toHaveProperty('fail', 'upstream_unavailable');
    expect(fixture.of('server/discover')).toHaveLength(1);
    expect(fixture.of('initialize')).toEqual([]);
  });

  it('are all that it may choose of', async () => {
    const chosen = '{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"x"}}';
    fixture.on('initialize', (arrived, response) => answer(arrived, response, chosen));
    expect(await call(['2025-06-18', '2024-11-05'], false)).toMatchObject({
      fail: 'upstream_protocol',
      message: expect.stringContaining('speaks 2025-06-18, 2024-11-05') as string,
    });
  });
});

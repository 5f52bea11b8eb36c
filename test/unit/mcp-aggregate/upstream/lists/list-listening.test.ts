import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { startEraFixture } from '../../../../support/upstreams/era-fixture.js';
import type { EraFixture } from '../../../../support/upstreams/era-fixture.js';
import { answer, event, eventStream, json } from '../../../../support/upstreams/http-fixture.js';
import { urlUpstream } from '../../../../support/upstreams/under-test.js';

const changed = 'notifications/tools/list_changed';
const acknowledged = event(
  '{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"notifications":{"toolsListChanged":true}}}',
);

let fixture: EraFixture;
let upstream: Upstream;
let order: string[];
let told: string[];

beforeEach(async () => {
  [order, told] = [[], []];
  fixture = await startEraFixture({ modern: true, legacy: false });
  upstream = urlUpstream(fixture.url);
  upstream.onListChanged((method) => told.push(method));
  fixture.onModern('tools/list', (arrived, response) => {
    order.push('list');
    answer(arrived, response, '{"resultType":"complete","tools":[]}');
  });
});
afterEach(async () => {
  await upstream.close();
  await fixture.close();
});

/** Has the server acknowledge what is to be heard after a time. */
function acknowledgedAfter(ms: number): void {
  fixture.onModern('subscriptions/listen', (_arrived, response) => {
    eventStream(response);
    setTimeout(() => {
      order.push('heard');
      response.write(acknowledged);
    }, ms);
  });
}

const list = () => upstream.list('tool', new AbortController().signal);

describe('changed lists of a server without sessions', () => {
  it('are heard before the first list is fetched: what changes in between would be missed', async () => {
    acknowledgedAfter(100);
    await list();
    expect(order).toEqual(['heard', 'list']);
    expect(told).toEqual([]);
  });

  it('that are heard late may have changed before', async () => {
    acknowledgedAfter(700);
    await list();
    expect(order).toEqual(['list']);
    await vi.waitFor(() => expect(told).toContain(changed), 5_000);
    expect(order).toEqual(['list', 'heard']);
  });

  it('may have changed while nobody heard of them: the stream is back before they are fetched', async () => {
    let stream: ServerResponse | undefined;
    fixture.onModern('subscriptions/listen', (_arrived, response) => {
      stream = response;
      eventStream(response);
      order.push('heard');
      response.write(acknowledged);
    });
    await list();
    stream?.destroy();
    await vi.waitFor(() => expect(told).toContain(changed), 5_000);
    await list();
    expect(order).toEqual(['heard', 'list', 'heard', 'list']);
  });

  it('do not hold up the lists of a server that tells of none', async () => {
    fixture.onModern('subscriptions/listen', ({ id }, response) => {
      order.push('refused');
      const error = '{"code":-32601,"message":"no such method"}';
      json(response, `{"jsonrpc":"2.0","id":${id},"error":${error}}`);
    });
    await list();
    await list();
    expect(order).toEqual(['refused', 'list', 'list']);
    expect(told).toEqual([]);
  });
});

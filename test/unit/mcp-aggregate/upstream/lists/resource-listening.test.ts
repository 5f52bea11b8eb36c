import { afterEach, describe, expect, it } from 'vitest';
import type { Note } from '../../../../../plugins/mcp-aggregate/core/calls/call.js';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { until } from '../../../../support/readiness.js';
import { startEraFixture } from '../../../../support/upstreams/era-fixture.js';
import type { EraFixture } from '../../../../support/upstreams/era-fixture.js';
import { event, eventStream } from '../../../../support/upstreams/http-fixture.js';
import { only, testCall, urlUpstream } from '../../../../support/upstreams/under-test.js';

let fixture: EraFixture;
let upstream: Upstream;

async function setUp(speaks: EraFixture['speaks']): Promise<void> {
  fixture = await startEraFixture(speaks);
  upstream = urlUpstream(fixture.url);
}

afterEach(async () => {
  await upstream.close();
  await fixture.close();
});

describe('a resource of a server without sessions', () => {
  const uri = 'test://watched';
  const subscribe = (method: string) =>
    upstream.call({
      ...testCall({ uri }, { method, conversation: 'c', subject: 'u' }),
      modern: false,
    });

  it('is listened for, told to the one who subscribed, and again after the stream was lost', async () => {
    await setUp({ modern: true, legacy: false });
    const said: Note[] = [];
    upstream.onSaid((conversation, note) => conversation === 'c' && said.push(note));
    const streams: { write: (text: string) => void; end: () => void }[] = [];
    fixture.onModern('subscriptions/listen', ({ id, params: asked }, response) => {
      eventStream(response);
      const meta = `"_meta":{"io.modelcontextprotocol/subscriptionId":${id}}`;
      const notifications = JSON.stringify(asked.notifications);
      const write = (method: string, more: string) =>
        response.write(
          event(`{"jsonrpc":"2.0","method":"notifications/${method}","params":{${meta},${more}}}`),
        );
      write('subscriptions/acknowledged', `"notifications":${notifications}`);
      streams.push({
        write: (changed) => write('resources/updated', `"uri":"${changed}"`),
        end: () => response.destroy(),
      });
    });
    expect(await only(subscribe('resources/subscribe'))).toEqual({ done: '{}' });
    expect(fixture.of('subscriptions/listen')[0]!.params.notifications).toEqual({
      resourceSubscriptions: [uri],
    });
    streams[0]!.write(uri);
    await until(() => said.length === 1, { what: 'the change was never told' });
    expect(said[0]!.params!.toString()).toBe(`{"_meta":{},"uri":"${uri}"}`);
    streams[0]!.end();
    await until(() => streams.length === 2 && said.length >= 2, { what: 'it is not back' });
    expect(await only(subscribe('resources/unsubscribe'))).toEqual({ done: '{}' });
  });

  it('is one of many that are asked for together: not each names all anew', async () => {
    await setUp({ modern: true, legacy: false });
    fixture.onModern('subscriptions/listen', ({ params: asked }, response) => {
      eventStream(response);
      const notifications = JSON.stringify(asked.notifications);
      response.write(
        event(
          `{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"notifications":${notifications}}}`,
        ),
      );
    });
    const all = Array.from({ length: 32 }, (_, n) => {
      const options = { method: 'resources/subscribe', conversation: 'c', subject: 'u' };
      return only(upstream.call(testCall({ uri: `test://${n}` }, options)));
    });
    expect(await Promise.all(all)).toEqual(all.map(() => ({ done: '{}' })));
    const sent = fixture.of('subscriptions/listen');
    expect(sent.length).toBeLessThanOrEqual(3);
    expect(sent.at(-1)!.params.notifications.resourceSubscriptions).toHaveLength(32);
  });

  it('that it does not tell of is refused', async () => {
    await setUp({ modern: true, legacy: false });
    fixture.onModern('subscriptions/listen', (_arrived, response) => {
      eventStream(response);
      response.write(
        event(
          '{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"notifications":{}}}',
        ),
      );
    });
    expect(await only(subscribe('resources/subscribe'))).toMatchObject({ fail: 'invalid_params' });
  });
});

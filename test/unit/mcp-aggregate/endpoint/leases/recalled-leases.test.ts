import { setImmediate as turn } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { readFrames, sendFrame } from '../../../../../lib/workers/frames.js';
import { leaseTopic } from '../../../../../plugins/mcp-aggregate/endpoint/leases/lease-messages.js';
import type { FromKeeper } from '../../../../../plugins/mcp-aggregate/endpoint/leases/lease-messages.js';
import { twoWorkers } from '../../../../support/aggregate/two-workers.js';
import { until } from '../../../../support/readiness.js';

const headers = { accept: 'application/json, text/event-stream' };

/** A worker that keeps a session, and another that was lent what belongs to it. */
async function lentSession() {
  const workers = await twoWorkers();
  onTestFinished(() => workers.stop());
  const { node, all } = workers;
  const [keeper] = all;
  const { one } = keeper;
  const lent = { headers: { secret: 'x' }, offered: new Set<string>(), ms: 10_000 };
  one.loans = { lend: () => lent, onRecall: () => () => {}, by: () => expect.fail() };
  const post = (method: string, params: object, session?: string) =>
    keeper.send({
      as: 'ann',
      json: { jsonrpc: '2.0', id: 1, method, params },
      headers: { ...headers, ...(session ? { 'mcp-session-id': session } : {}) },
    });
  const client = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {} };
  const begun = await post('initialize', client);
  const session = begun.headers.get('mcp-session-id')!;
  await (await post('tools/call', { name: 'one__t' }, session)).text();
  const { conversation } = one.calls[0]!;
  const [runtime] = [...keeper.aggregator.runtimes.all()];
  const config = runtime!.config.hash;
  const ask = async () => {
    const stream = await node.workers[1]!.connect(0, leaseTopic, {});
    const heard: FromKeeper[] = [];
    void readFrames(stream, 0, ({ head }) => heard.push(head as unknown as FromKeeper));
    await turn();
    sendFrame(stream, { t: 'ask', n: 1, config, server: 'one', context: 'ann', conversation });
    await until(() => heard.length > 0, { what: 'nothing was answered' });
    return { stream, heard };
  };
  const { stream, heard } = await ask();
  expect(heard).toEqual([{ t: 'lent', n: 1, ms: 10_000, headers: lent.headers, offered: [] }]);
  const end = () =>
    keeper.send({ as: 'ann', method: 'DELETE', headers: { 'mcp-session-id': session } });
  return { ask, heard, stream, end, post, session };
}

type Lent = Awaited<ReturnType<typeof lentSession>>;
const requests: [string, (lent: Lent) => Promise<Response>, number][] = [
  ['DELETE', ({ end }) => end(), 204],
  [
    'logging/setLevel',
    ({ post, session }) => post('logging/setLevel', { level: 'error' }, session),
    200,
  ],
];

it.each(requests)(
  '%s is answered once the worker that was lent the session uses it no more',
  async (_name, send, status) => {
    const lent = await lentSession();
    let answered: number | undefined;
    const answer = send(lent).then((response) => (answered = response.status));
    await until(() => lent.heard.length > 1, { what: 'it is not taken back' });
    const recall = lent.heard[1] as Extract<FromKeeper, { t: 'recall' }>;
    expect(recall).toMatchObject({ t: 'recall', ns: [1] });
    // As long as anything else takes.
    for (let n = 0; n < 50; n++) await turn();
    expect(answered).toBeUndefined();
    sendFrame(lent.stream, { t: 'dropped', r: recall.r });
    expect(await answer).toBe(status);
  },
);

it('a session is lent to nobody once it has ended', async () => {
  const lent = await lentSession();
  const ended = lent.end();
  await until(() => lent.heard.length > 1, { what: 'it is not taken back' });
  lent.stream.destroy();
  expect((await ended).status).toBe(204);
  expect((await lent.ask()).heard).toEqual([{ t: 'lent', n: 1 }]);
});

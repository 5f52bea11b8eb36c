import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ask, CallEvent } from '../../../../plugins/mcp-aggregate/core/calls/call.js';
import { FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import {
  initializeParams,
  kongConfig,
  openSession,
  rpc,
  startHarness,
} from '../../../support/aggregate/harness.js';
import type { Sent } from '../../../support/aggregate/harness.js';
import { askModern, modernRequest } from '../../../support/aggregate/modern.js';
import { openSse } from '../../../support/aggregate/sse-stream.js';
import { twoWorkers } from '../../../support/aggregate/two-workers.js';
import type { Worker, Workers } from '../../../support/aggregate/two-workers.js';

let workers: Workers;
let first: Worker;
let second: Worker;

async function start(options: Parameters<typeof twoWorkers>[0] = {}): Promise<void> {
  workers = await twoWorkers(options);
  [first, second] = workers.all;
}

afterEach(() => workers.stop());

const call = (session: string, more: Partial<Sent> = {}): Sent => ({
  json: rpc('tools/call', { name: 'one__t', arguments: {} }),
  ...more,
  headers: { 'mcp-session-id': session, ...more.headers },
});
const portOf = ({ aggregator }: Worker) => aggregator.port;

describe('a session', () => {
  beforeEach(() => start());

  it('is served by the worker that began it, whichever has the access phase', async () => {
    const session = await openSession(first);
    const answers = [first, second].map((worker) => worker.send(call(session)));
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
    expect([first.one.calls.length, second.one.calls.length]).toEqual([2, 0]);
  });

  it('begins at the worker that is asked', async () => {
    const begin = { json: rpc('initialize', initializeParams) };
    for (const worker of workers.all) expect(await worker.targetOf(begin)).toBe(portOf(worker));
  });

  it('is taken over by the next worker while its own is down, and goes back to it', async () => {
    const session = await openSession(first);
    workers.node.end(0);
    expect(await second.targetOf(call(session))).toBe(portOf(second));
    expect((await second.send(call(session))).status).toBe(200);
    workers.node.restart(0);
    workers.node.workers[0]!.announce(1234);
    expect(await second.targetOf(call(session))).toBe(1234);
  });

  it('that is ended at one worker is ended at all', async () => {
    const session = await openSession(first);
    const headers = { 'mcp-session-id': session };
    expect((await second.send({ method: 'DELETE', headers })).status).toBe(204);
    await expect
      .poll(() => workers.all.map(({ aggregator }) => aggregator.sessions.endedCount))
      .toEqual([1, 1]);
    for (const worker of workers.all) expect((await worker.send(call(session))).status).toBe(404);
    expect(first.one.ended).toEqual(second.one.ended);
    expect(first.one.ended).toHaveLength(1);
  });

  it('that is ended stays so at a worker that takes the place of another', async () => {
    const session = await openSession(first);
    const headers = { 'mcp-session-id': session };
    expect((await first.send({ method: 'DELETE', headers })).status).toBe(204);
    workers.node.end(1);
    workers.node.restart(1);
    const siblings = workers.node.workers[1]!;
    const anew = await startHarness([new FakeUpstream('one', [tool('t')])], { siblings });
    try {
      // As where the first is down: whoever is asked takes it.
      workers.node.end(0);
      expect((await anew.send(call(session))).status).toBe(404);
    } finally {
      await anew.stop();
    }
  });

  it('of nobody, or somebody else’s, leads nowhere else', async () => {
    const session = await openSession(first, { as: 'alice' });
    expect(await second.targetOf(call(session, { as: 'eve' }))).toBe(portOf(second));
    expect((await second.send(call(session, { as: 'eve' }))).status).toBe(404);
    expect(await second.targetOf(call('made-up'))).toBe(portOf(second));
  });
});

describe('a stream', () => {
  it('of a session is opened where the session is, and taken up again there', async () => {
    await start();
    const session = await openSession(first);
    const headers = { 'mcp-session-id': session };
    const stream = await openSse(second, { headers });
    await stream.until(() => stream.lastId() !== '');
    const again = { method: 'GET', headers: { ...headers, 'last-event-id': stream.lastId() } };
    stream.leave();
    expect(await second.targetOf(again)).toBe(portOf(first));
  });

  it('of a session whose worker was down ends when that is back, and is opened there', async () => {
    await start();
    const session = await openSession(first);
    const headers = { 'mcp-session-id': session };
    workers.node.end(0);
    const stream = await openSse(second, { headers });
    await stream.until(() => stream.lastId() !== '');
    const again = { method: 'GET', headers: { ...headers, 'last-event-id': stream.lastId() } };
    expect(await second.targetOf(again)).toBe(portOf(second));
    workers.node.restart(0);
    workers.node.workers[0]!.announce(portOf(first));
    await stream.rest();
    expect(await second.targetOf(again)).toBe(portOf(first));
  });

  it('of a call is taken up where the call is, although its session has gone elsewhere', async () => {
    let finish: () => void = () => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    await start({
      timing: { silenceMs: 10, heartbeatMs: 1_000, graceMs: 5_000, askMs: 5_000 },
      script: async function* (): AsyncGenerator<CallEvent> {
        await finished;
        yield { type: 'done', result: Buffer.from('{"content":[]}') };
      },
    });
    const session = await openSession(first);
    workers.node.end(0);
    const stream = await openSse(second, { method: 'POST', ...call(session) });
    await stream.until(() => stream.lastId() !== '');
    workers.node.restart(0);
    workers.node.workers[0]!.announce(portOf(first));
    expect(await second.targetOf(call(session))).toBe(portOf(first));
    const headers = { 'mcp-session-id': session, 'last-event-id': stream.lastId() };
    stream.leave();
    const again = await openSse(second, { headers });
    finish();
    await again.until(() => again.events().length > 0);
    expect(again.events()[0]!.data.result).toEqual({ content: [] });
  });
});

describe('a question', () => {
  const asking = async function* (): AsyncGenerator<CallEvent> {
    let answer: Ask['answer'] = () => {};
    const given = new Promise<Parameters<Ask['answer']>[0]>((resolve) => (answer = resolve));
    const question = { method: 'elicitation/create', params: Buffer.from('{"message":"Name?"}') };
    const withdrawn = new AbortController().signal;
    yield { type: 'ask', key: '1', ...question, answer, withdrawn };
    const said = await given;
    yield { type: 'done', result: 'result' in said ? said.result : said.error };
  };

  it('is answered at the worker that waits for it', async () => {
    await start({ script: asking });
    const json = rpc('initialize', { ...initializeParams, capabilities: { elicitation: {} } });
    const session = (await first.send({ json })).headers.get('mcp-session-id')!;
    const stream = await openSse(second, { method: 'POST', ...call(session) });
    await stream.until(() => stream.events().length > 0);
    const { id } = stream.events()[0]!.data as { readonly id: string };
    const reply = { jsonrpc: '2.0', id, result: { action: 'accept' } };
    // It knows the way by the question alone: the session may have gone elsewhere meanwhile.
    expect(await second.targetOf({ json: reply })).toBe(portOf(first));
    const headers = { 'mcp-session-id': session };
    expect((await second.send({ headers, json: reply })).status).toBe(202);
    await stream.rest();
    expect(stream.events().at(-1)!.data.result).toEqual({ action: 'accept' });
  });

  it('of a call that waits for a client without sessions is answered where it waits', async () => {
    await start({ script: asking });
    const capabilities = { elicitation: {} };
    const _meta = { 'io.modelcontextprotocol/clientCapabilities': capabilities };
    const params = { name: 'one__t', arguments: {}, _meta };
    // A caller without an identity, whose calls any worker serves.
    const nobody = { as: null };
    const config = kongConfig([{ name: 'one' }], { anonymous: true });
    const asked = await askModern(first, 'tools/call', params, nobody, config);
    const { requestState, inputRequests } = asked.message.result as {
      readonly requestState: string;
      readonly inputRequests: Record<string, unknown>;
    };
    const inputResponses = Object.fromEntries(
      Object.keys(inputRequests).map((key) => [key, { action: 'accept' }]),
    );
    await second.access({ json: rpc('ping'), ...nobody }, config);
    const answered = { ...params, requestState, inputResponses };
    const target = modernRequest('tools/call', answered, nobody);
    expect(await second.targetOf(target, config)).toBe(portOf(first));
    const { message } = await askModern(second, 'tools/call', answered, nobody, config);
    expect(message.result).toMatchObject({ action: 'accept', resultType: 'complete' });
  });
});

describe('a caller without sessions', () => {
  beforeEach(() => start());

  const asked = (as: string) =>
    modernRequest('tools/call', { name: 'one__t', arguments: {} }, { as });

  it('has one worker for what a server with sessions keeps for it', async () => {
    const byCaller = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const ports = workers.all.map((worker) => worker.targetOf(asked(`user ${n}`)));
        return Promise.all(ports);
      }),
    );
    for (const [a, b] of byCaller) expect(a).toBe(b);
    expect(new Set(byCaller.map(([port]) => port)).size).toBe(2);
  });

  it('is served anywhere by a server that keeps nothing', async () => {
    for (const { one } of workers.all) {
      const status = one.status.bind(one);
      one.status = () => ({ ...status(), eras: { legacy: false, modern: true } });
    }
    for (let n = 0; n < 6; n++) {
      for (const worker of workers.all) {
        expect(await worker.targetOf(asked(`user ${n}`))).toBe(portOf(worker));
      }
    }
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import type {
  Ask,
  AskAnswer,
  Call,
  CallEvent,
} from '../../../../plugins/mcp-aggregate/core/calls/call.js';
import { Asks } from '../../../../plugins/mcp-aggregate/endpoint/questions/asks.js';
import { FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import { initializeParams, rpc, startHarness } from '../../../support/aggregate/harness.js';
import type { Harness, Sent } from '../../../support/aggregate/harness.js';

const timing = { silenceMs: 5000, heartbeatMs: 5000, graceMs: 100, askMs: 400 };
let harness: Harness;
let upstream: FakeUpstream;

afterEach(async () => {
  await harness?.stop();
});

interface Question {
  /** What the server was answered. */
  readonly answered: Promise<string>;
  readonly withdraw: () => void;
}

/** A server that asks once and answers its call with what it was told. */
async function start(): Promise<Question> {
  upstream = new FakeUpstream('one', [tool('t')]);
  harness = await startHarness([upstream], { timing });
  let told: (text: string) => void = () => {};
  const answered = new Promise<string>((resolve) => (told = resolve));
  const controller = new AbortController();
  upstream.script = async function* (call: Call): AsyncGenerator<CallEvent> {
    let answer: Ask['answer'] = () => {};
    const waiting = new Promise<AskAnswer>((resolve) => (answer = resolve));
    yield {
      type: 'ask',
      key: '1',
      method: 'elicitation/create',
      params: Buffer.from('{"message":"Name?"}'),
      answer,
      withdrawn: controller.signal,
    };
    const cancelled = new Promise<AskAnswer>((resolve) => {
      const end = () => resolve({ error: Buffer.from('"call over"') });
      call.signal.addEventListener('abort', end);
      controller.signal.addEventListener('abort', end);
    });
    const given = await Promise.race([waiting, cancelled]);
    const text = String('result' in given ? given.result : given.error);
    told(text);
    yield { type: 'done', result: Buffer.from(JSON.stringify({ text })) };
  };
  return { answered, withdraw: () => controller.abort() };
}

async function session(as = 'alice', capabilities: object = { elicitation: {} }): Promise<string> {
  const json = rpc('initialize', { ...initializeParams, capabilities });
  const response = await harness.send({ as, json });
  await response.arrayBuffer();
  return response.headers.get('mcp-session-id')!;
}

interface Shown {
  readonly id: string;
  readonly method: string;
  readonly params: { readonly message: string };
}

/** Calls the tool and reads its stream to the question. */
async function callAndBeAsked(id: string, more: Sent = {}) {
  const headers = { 'mcp-session-id': id };
  const json = rpc('tools/call', { name: 'one__t' }, 'c');
  const response = await harness.send({ headers, json, ...more });
  const reader = response.body!.getReader();
  let text = '';
  const messages = () =>
    [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => JSON.parse(data!) as Shown);
  const read = async (): Promise<boolean> => {
    const { done, value } = await reader.read();
    text += new TextDecoder().decode(value);
    return !done;
  };
  while (messages().length === 0 && (await read()));
  const rest = async () => {
    while (await read());
    return messages().slice(1) as unknown[];
  };
  return { shown: messages()[0]!, rest, response };
}

const reply = (id: unknown, session: string | undefined, as = 'alice', more = {}) =>
  harness.send({
    as,
    headers: session === undefined ? {} : { 'mcp-session-id': session },
    json: { jsonrpc: '2.0', id, result: { action: 'accept' }, ...more },
  });

describe('a question of a server', () => {
  it('comes on the call’s stream as a request that names the server', async () => {
    await start();
    const id = await session();
    const { shown, rest, response } = await callAndBeAsked(id);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(shown.method).toBe('elicitation/create');
    expect(shown.params.message).toBe('[one] Name?');
    expect(shown.id).toMatch(/^[\w-]{24}$/);
    const accepted = await reply(shown.id, id);
    expect(accepted.status).toBe(202);
    expect(await accepted.text()).toBe('');
    expect(await rest()).toEqual([
      { jsonrpc: '2.0', id: 'c', result: { text: '{"action":"accept"}' } },
    ]);
  });

  it('passes on what the client declared at its start', async () => {
    await start();
    const id = await session('alice', { elicitation: {}, roots: { listChanged: true } });
    const { shown, rest } = await callAndBeAsked(id);
    expect(JSON.parse(String(upstream.calls[0]!.capabilities))).toEqual({
      roots: { listChanged: true },
      elicitation: { form: {} },
    });
    await reply(shown.id, id);
    await rest();
  });

  it('has the same conversation in all calls of a session, and another in another', async () => {
    await start();
    const both = [await session(), await session()];
    for (const id of [...both, both[0]!]) {
      const { shown, rest } = await callAndBeAsked(id);
      await reply(shown.id, id);
      await rest();
    }
    const [a, b, again] = upstream.calls.map(({ conversation }) => conversation);
    expect(a).toBe(again);
    expect(a).not.toBe(b);
    expect(both).not.toContain(a);
  });

  it.each([
    ['another session of the same caller', async () => ['alice', await session()] as const],
    ['another caller', async () => ['bob', await session('bob')] as const],
    ['no session', async () => ['alice', undefined] as const],
  ])('takes no answer from %s', async (_who, other) => {
    await start();
    const id = await session();
    const { shown, rest } = await callAndBeAsked(id);
    const [as, foreign] = await other();
    expect((await reply(shown.id, foreign, as)).status).toBe(202);
    const good = await reply(shown.id, id, 'alice', { result: { good: true } });
    expect(good.status).toBe(202);
    expect(await rest()).toMatchObject([{ result: { text: '{"good":true}' } }]);
  });

  it('takes one answer; later ones and those to unknown ids are accepted and dropped', async () => {
    const { answered } = await start();
    const id = await session();
    const { shown, rest } = await callAndBeAsked(id);
    for (const unknown of ['x', 1]) expect((await reply(unknown, id)).status).toBe(202);
    await reply(shown.id, id, 'alice', { result: { first: true } });
    expect((await reply(shown.id, id)).status).toBe(202);
    expect(await answered).toBe('{"first":true}');
    await rest();
  });

  it('takes an error for an answer', async () => {
    const { answered } = await start();
    const id = await session();
    const { shown, rest } = await callAndBeAsked(id);
    const error = { code: -1, message: 'no' };
    await reply(shown.id, id, 'alice', { result: undefined, error });
    expect(await answered).toBe('{"code":-1,"message":"no"}');
    await rest();
  });

  it('is answered with an error when the client takes too long, and withdrawn there', async () => {
    const { answered } = await start();
    const id = await session();
    const { shown, rest } = await callAndBeAsked(id);
    expect(await answered).toContain('-31007');
    expect(await rest()).toMatchObject([
      { method: 'notifications/cancelled', params: { requestId: shown.id } },
      { id: 'c' },
    ]);
  });

  it('is withdrawn at the client when its call is cancelled', async () => {
    const { answered } = await start();
    const id = await session();
    const { shown, rest } = await callAndBeAsked(id);
    const params = { requestId: 'c' };
    const json = { jsonrpc: '2.0', method: 'notifications/cancelled', params };
    await harness.send({ headers: { 'mcp-session-id': id }, json });
    expect(await answered).toBe('"call over"');
    expect((await rest())[0]).toMatchObject({ params: { requestId: shown.id } });
  });

  it('is withdrawn at the client when the server withdraws it', async () => {
    const { withdraw } = await start();
    const id = await session();
    const { shown, rest } = await callAndBeAsked(id);
    withdraw();
    expect((await rest())[0]).toMatchObject({
      method: 'notifications/cancelled',
      params: { requestId: shown.id },
    });
  });

  it('ends with its session', async () => {
    const { answered } = await start();
    const id = await session();
    const { rest } = await callAndBeAsked(id);
    const headers = { 'mcp-session-id': id };
    expect((await harness.send({ method: 'DELETE', headers, body: Buffer.alloc(0) })).status).toBe(
      204,
    );
    expect(await answered).toBe('"call over"');
    expect(upstream.ended).toEqual([upstream.calls[0]!.conversation]);
    await rest();
  });

  it('is refused for a client without a session, or that takes only JSON', async () => {
    const { answered } = await start();
    const json = rpc('tools/call', { name: 'one__t' }, 'c');
    expect((await harness.send({ json })).status).toBe(200);
    expect(await answered).toContain('-32601');
    const headers = { 'mcp-session-id': await session(), accept: 'application/json' };
    expect(await (await harness.send({ json, headers })).text()).toContain('-32601');
  });
});

describe('parked questions', () => {
  it('are bounded', () => {
    const asks = new Asks(1000, { all: 3, ofOne: 2 });
    const park = (user: string) =>
      asks.park({ endpoint: 'e', principal: 'p', session: 's', user }, noop, noop);
    const first = park('u');
    park('u');
    expect(() => park('u')).toThrow('too many questions');
    park('v');
    expect(() => park('w')).toThrow('too many questions');
    asks.drop(first);
    asks.drop(first);
    expect(asks.size).toBe(2);
    park('u');
  });
});

const noop = () => {};

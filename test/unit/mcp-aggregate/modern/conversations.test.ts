import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Call, CallEvent } from '../../../../plugins/mcp-aggregate/core/calls/call.js';
import { FakeUpstream, done, events, tool } from '../../../support/aggregate/fake-upstream.js';
import { kongConfig, startHarness } from '../../../support/aggregate/harness.js';
import type { Harness, Sent } from '../../../support/aggregate/harness.js';
import { askModern, modernMeta } from '../../../support/aggregate/modern.js';

const old = new FakeUpstream('old', [tool('t')]);
old.more = { prompt: [{ name: 'p' }] };
old.capabilities = ['completions'];
const config = kongConfig([old], { anonymous: true });
let harness: Harness;

beforeAll(async () => {
  harness = await startHarness([old], { config });
});
afterAll(() => harness.stop());
beforeEach(() => {
  old.calls.length = 0;
  old.ended.length = 0;
  old.script = () => done({});
});

const form = { elicitation: { form: {} } };
const call = (more: Sent = {}, meta: object = {}, params: object = {}) =>
  askModern(harness, 'tools/call', { name: 'old__t', ...params, _meta: meta }, more);

describe('calls of clients without sessions at a server with sessions', () => {
  it('of one caller share a conversation where they say the same of their client', async () => {
    const capable = modernMeta(form);
    await call({}, capable);
    await call({}, capable);
    await call({ as: 'bob' }, capable);
    await call({ identity: { clientId: 'another' } }, capable);
    await call();
    await call({}, { ...capable, 'io.modelcontextprotocol/logLevel': 'info' });
    const names = old.calls.map(({ conversation }) => conversation);
    expect(names[0]).toBe(names[1]);
    expect(new Set(names).size).toBe(5);
    expect(old.ended).toEqual([]);
  });

  it('without an identity have one each, which ends with the call', async () => {
    await call({ as: null });
    await call({ as: null });
    const names = old.calls.map(({ conversation }) => conversation);
    expect(new Set(names).size).toBe(2);
    expect(old.ended).toEqual(names);
  });
});

describe('questions of a server with sessions', () => {
  type Given = { readonly result?: Buffer };
  const elicit = (key: string, answer: (given: Given) => void): CallEvent => ({
    type: 'ask',
    key,
    method: 'elicitation/create',
    params: Buffer.from(`{"message":"${key}?","requestedSchema":{"type":"object"}}`),
    answer: (given) => answer(given as Given),
    withdrawn: new AbortController().signal,
  });

  /** Asks all of it at once, then says what was answered. */
  const asking = (...keys: string[]) =>
    async function* (_call: Call): AsyncGenerator<CallEvent> {
      const given: Promise<string>[] = [];
      for (const key of keys) {
        let answer!: (given: Given) => void;
        given.push(new Promise((resolve) => (answer = ({ result }) => resolve(String(result)))));
        yield elicit(key, answer);
      }
      const said = (await Promise.all(given)).map((text) => JSON.parse(text));
      yield* done({ said });
    };
  const accept = { action: 'accept', content: { x: 1 } };
  const meta = modernMeta(form);

  it('come together, and the call goes on when all are answered', async () => {
    old.script = asking('a', 'b');
    const { result } = (await call({}, meta)).message;
    expect(result).toMatchObject({
      resultType: 'input_required',
      inputRequests: {
        a: { method: 'elicitation/create', params: { message: '[old] a?' } },
        b: { method: 'elicitation/create' },
      },
    });
    const again = { requestState: result!['requestState'], inputResponses: { a: accept, zzz: 1 } };
    const half = (await call({}, meta, again)).message.result!;
    expect(Object.keys(half['inputRequests'] as object)).toEqual(['b']);
    const rest = {
      requestState: half['requestState'],
      inputResponses: { b: { action: 'decline' } },
    };
    const { message } = await call({}, meta, rest);
    expect(message.result).toMatchObject({ said: [accept, { action: 'decline' }] });
    expect(old.calls).toHaveLength(1);
  });

  it('wait on where an answer is none, and open for the same call alone', async () => {
    old.script = asking('a');
    const { result } = (await call({}, meta)).message;
    const state = { requestState: result!['requestState'] };
    const refused = async (params: object, more: Sent = {}) =>
      (await call(more, meta, params)).message.error?.code;
    expect(await refused({ ...state, inputResponses: { a: { action: 'perhaps' } } })).toBe(-32602);
    expect(await refused({ ...state, inputResponses: [] })).toBe(-32602);
    const given = { ...state, inputResponses: { a: accept } };
    expect(await refused({ ...given, arguments: { other: 1 } })).toBe(-32602);
    expect(await refused(given, { as: 'bob' })).toBe(-32602);
    expect((await call({}, meta, given)).message.result).toMatchObject({ said: [accept] });
    expect(await refused(given)).toBe(-32602);
  });

  it('of one caller are so many at most, and all are given up when the gateway stops', async () => {
    const stopping = await startHarness([old], { config });
    let under = 0;
    old.script = async function* (call): AsyncGenerator<CallEvent> {
      under += 1;
      call.signal.addEventListener('abort', () => (under -= 1));
      yield* asking('a')(call);
    };
    const ask = (as: string | null, n: number) =>
      askModern(stopping, 'tools/call', { name: 'old__t', arguments: { n }, _meta: meta }, { as });
    const asked = async (as: string | null, count: number) => {
      const all = await Promise.all(Array.from({ length: count }, (_, n) => ask(as, n)));
      return all.filter(({ message }) => message.result !== undefined).length;
    };
    expect(await asked('greedy', 33)).toBe(32);
    expect(await asked('another', 1)).toBe(1);
    expect(under).toBe(33);
    await stopping.stop();
    expect(under).toBe(0);
  });

  it('after a restart open where the server keeps nothing of the call, and only there', async () => {
    const later = await startHarness([old], { config });
    const ask = (harness: Harness, params: object = {}) =>
      askModern(harness, 'tools/call', { name: 'old__t', ...params, _meta: meta });
    const stateOf = async () => (await ask(harness)).message.result!['requestState'];
    const inputResponses = { a: accept };
    old.script = asking('a');
    const parked = { requestState: await stateOf(), inputResponses };
    const question = { key: 'a', method: 'elicitation/create', params: undefined };
    const state = Buffer.from('"its own \\u0061"');
    old.script = () => events({ type: 'input', requests: [question], state });
    const round = { requestState: await stateOf(), inputResponses };
    old.script = () => done({ done: true });
    expect((await ask(later, parked)).message.error?.code).toBe(-32602);
    old.calls.length = 0;
    expect((await ask(later, round)).message.result).toMatchObject({ done: true });
    expect(old.calls[0]?.input?.state?.toString()).toBe(state.toString());
    expect(old.calls[0]?.input?.answers.get('a')?.toString()).toBe(JSON.stringify(accept));
    await later.stop();
  });

  it('in answer to what must not be asked in, or with too much to carry, are faults of the server', async () => {
    const state = (length: number) => Buffer.from(`"${'s'.repeat(length)}"`);
    old.script = () => events({ type: 'input', requests: [], state: state(1) });
    const ref = { type: 'ref/prompt', name: 'old__p' };
    const completing = { ref, argument: { name: 'a', value: '' } };
    const completed = await askModern(harness, 'completion/complete', completing);
    expect(completed.message.error?.code).toBe(-31004);
    expect((await call({}, meta)).message.result).toEqual({
      resultType: 'input_required',
      requestState: expect.any(String),
    });
    old.script = () => events({ type: 'input', requests: [], state: state(80_000) });
    expect((await call({}, meta)).message.error?.code).toBe(-31005);
  });
});

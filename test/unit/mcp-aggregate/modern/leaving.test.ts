import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Call, CallEvent } from '../../../../plugins/mcp-aggregate/core/calls/call.js';
import {
  FakeUpstream,
  done,
  note,
  tool,
  untilAborted,
} from '../../../support/aggregate/fake-upstream.js';
import { startHarness } from '../../../support/aggregate/harness.js';
import type { Harness, Sent } from '../../../support/aggregate/harness.js';
import { askModern, modernMeta, modernRequest } from '../../../support/aggregate/modern.js';
import { openSse } from '../../../support/aggregate/sse-stream.js';

const old = new FakeUpstream('old', [tool('t')]);
const timing = { silenceMs: 20, heartbeatMs: 20, graceMs: 60_000, askMs: 60_000 };
const progress = note('notifications/progress', { progressToken: 1, progress: 1 });
let harness: Harness;

beforeAll(async () => {
  harness = await startHarness([old], { timing });
});
afterAll(() => harness.stop());
beforeEach(() => {
  old.calls.length = 0;
});

const request = (more: Sent = {}): Sent => ({
  method: 'POST',
  ...modernRequest('tools/call', { name: 'old__t' }, more),
});
const isAborted = () => old.calls[0]?.signal.aborted === true;

async function* slow(call: Call): AsyncGenerator<CallEvent> {
  yield progress;
  yield* untilAborted(call);
}

describe('a client without sessions', () => {
  it('that leaves has cancelled its call, before and after a stream has begun', async () => {
    for (const script of [slow, untilAborted]) {
      old.script = script;
      old.calls.length = 0;
      const stream = await openSse(harness, request());
      stream.leave();
      await vi.waitFor(() => expect(isAborted()).toBe(true));
    }
  });

  it('is kept by comments on the stream of a call that says nothing', async () => {
    old.script = untilAborted;
    const stream = await openSse(harness, request());
    await stream.until(() => /^: $/m.test(stream.text()));
    expect(stream.events()).toEqual([]);
    stream.leave();
  });

  it('whose credential ends is answered that its call was cancelled', async () => {
    old.script = untilAborted;
    const identity = { expiresAt: Date.now() / 1000 + 0.1 };
    const stream = await openSse(harness, request({ identity }));
    await stream.rest();
    expect(stream.events().at(-1)?.data).toMatchObject({ error: { code: -31006 } });
    expect(isAborted()).toBe(true);
  });

  it('that leaves while it is asked can never come back: its call is given up', async () => {
    const { signal, events } = asking();
    old.script = events;
    const params = { name: 'old__t', _meta: modernMeta({ elicitation: {} }) };
    const { message } = await askModern(harness, 'tools/call', params);
    expect(message.result).toMatchObject({ resultType: 'input_required' });
    expect(signal()).toBe(false);
    const again = {
      ...params,
      requestState: message.result!['requestState'],
      inputResponses: { a: { action: 'decline' } },
    };
    const returning = modernRequest('tools/call', again);
    const stream = await openSse(harness, { method: 'POST', ...returning });
    stream.leave();
    await vi.waitFor(() => expect(signal()).toBe(true));
  });

  /** Asks, and hears nothing more once it is answered. */
  function asking() {
    const events = async function* (call: Call): AsyncGenerator<CallEvent> {
      let answered!: () => void;
      const given = new Promise<void>((resolve) => (answered = resolve));
      yield {
        type: 'ask',
        key: 'a',
        method: 'elicitation/create',
        params: Buffer.from('{"message":"m"}'),
        answer: answered,
        withdrawn: new AbortController().signal,
      };
      await given;
      yield* untilAborted(call);
    };
    return { signal: isAborted, events };
  }

  it('gets a large result whole, every byte as it came', async () => {
    const text = `{"content":[{"type":"text","text":"${'ä1.0 '.repeat(600_000)}"}],"n":1e400}`;
    old.script = () => done(text);
    const answer = await askModern(harness, 'tools/call', { name: 'old__t' });
    expect(answer.status).toBe(200);
    expect(answer.text.includes(text.slice(1, -1))).toBe(true);
    expect(answer.text).toContain('"resultType":"complete"');
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { FakeUpstream, events, note, tool } from '../../../../support/aggregate/fake-upstream.js';
import { openSession, rpc, startHarness } from '../../../../support/aggregate/harness.js';
import type { Harness } from '../../../../support/aggregate/harness.js';

let harness: Harness;
let upstream: FakeUpstream;

afterEach(async () => {
  await harness?.stop();
});

async function start(): Promise<void> {
  upstream = new FakeUpstream('one', [tool('t')]);
  upstream.script = () =>
    events(
      ...['debug', 'warning', 'error'].map((level) =>
        note('notifications/message', { level, data: `said ${level}` }),
      ),
      note('notifications/progress', { progressToken: 1, progress: 1 }),
      { type: 'done', result: Buffer.from('{}') },
    );
  harness = await startHarness([upstream]);
}

const inSession = (session: string) => ({ headers: { 'mcp-session-id': session } });
const setLevel = (session: string, level: unknown) =>
  harness.send({ ...inSession(session), json: rpc('logging/setLevel', { level }, 'l') });

async function logged(session?: string): Promise<string[]> {
  const json = rpc('tools/call', { name: 'one__t' });
  const response = await harness.send({ json, ...(session ? inSession(session) : {}) });
  const text = await response.text();
  expect(text).toContain('notifications/progress');
  return [...text.matchAll(/said (\w+)/g)].map(([, level]) => level!);
}

describe('logging/setLevel', () => {
  it('holds for its session: less severe messages no longer come', async () => {
    await start();
    const [quiet, other] = [await openSession(harness), await openSession(harness)];
    expect(await (await setLevel(quiet, 'warning')).json()).toEqual({
      jsonrpc: '2.0',
      id: 'l',
      result: {},
    });
    expect(await logged(quiet)).toEqual(['warning', 'error']);
    expect(await logged(other)).toEqual(['debug', 'warning', 'error']);
    expect(await logged()).toEqual(['debug', 'warning', 'error']);
    expect(upstream.calls.map(({ logLevel }) => logLevel)).toEqual([
      'warning',
      undefined,
      undefined,
    ]);
  });

  it('can be set again', async () => {
    await start();
    const session = await openSession(harness);
    await setLevel(session, 'emergency');
    expect(await logged(session)).toEqual([]);
    await setLevel(session, 'debug');
    expect(await logged(session)).toHaveLength(3);
  });

  it('needs a session, and one of the eight levels', async () => {
    await start();
    const without = await harness.send({ json: rpc('logging/setLevel', { level: 'info' }) });
    expect(without.status).toBe(400);
    const bad = await setLevel(await openSession(harness), 'loud');
    expect(await bad.json()).toMatchObject({ error: { code: -32602 } });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import {
  initializeParams,
  kongConfig,
  openSession,
  rpc,
  startHarness,
} from '../../../support/aggregate/harness.js';
import type { Harness } from '../../../support/aggregate/harness.js';

const modern = '2026-07-28';
const live = new FakeUpstream('live', [tool('t')]);
const serving = (...protocol_versions: string[]) => kongConfig([live], { protocol_versions });
const config = {
  all: serving(),
  modern: serving(modern),
  legacy: serving('2025-03-26', '2025-06-18'),
  newest: serving('2025-11-25'),
};
let harness: Harness;

beforeAll(async () => {
  harness = await startHarness([live]);
});
afterAll(() => harness.stop());

interface Answer {
  readonly result?: { readonly protocolVersion?: string };
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

async function ask(served: object, json: unknown, headers: Record<string, string> = {}) {
  const response = await harness.send({ json, headers }, served as typeof config.all);
  const text = await response.text();
  return { status: response.status, message: (text ? JSON.parse(text) : {}) as Answer };
}

const initialize = (protocolVersion: string) =>
  rpc('initialize', { ...initializeParams, protocolVersion });
const named = (version: string) => ({ 'mcp-protocol-version': version });
const meta = {
  'io.modelcontextprotocol/protocolVersion': modern,
  'io.modelcontextprotocol/clientCapabilities': {},
};
const discover = [
  rpc('server/discover', { _meta: meta }),
  { ...named(modern), 'mcp-method': 'server/discover' },
] as const;

const refusal = (supported: readonly string[], requested: string) => ({
  status: 400,
  message: { error: { code: -32022, data: { supported, requested } } },
});

describe('protocol_versions', () => {
  it('lets in both eras without it', async () => {
    expect((await ask(config.all, ...discover)).status).toBe(200);
    const { message } = await ask(config.all, initialize('2025-06-18'));
    expect(message.result?.protocolVersion).toBe('2025-06-18');
  });

  it('of the sessions alone refuses clients without', async () => {
    const answer = await ask(config.legacy, ...discover);
    expect(answer).toMatchObject(refusal(['2025-06-18', '2025-03-26'], modern));
  });

  it('is what initialize negotiates within', async () => {
    for (const [wished, negotiated] of [
      ['2025-03-26', '2025-03-26'],
      ['2025-11-25', '2025-06-18'],
      [modern, '2025-06-18'],
    ] as const) {
      const { message } = await ask(config.legacy, initialize(wished), named('2025-11-25'));
      expect(message.result?.protocolVersion).toBe(negotiated);
    }
  });

  it('without any with sessions refuses initialize, and names those that are served', async () => {
    const answer = await ask(config.modern, initialize('2025-11-25'));
    expect(answer).toMatchObject(refusal([modern], '2025-11-25'));
    expect(answer.message.error?.message).toContain(modern);
    expect((await ask(config.modern, ...discover)).status).toBe(200);
  });

  it.each([
    ['a version header', named('2025-06-18'), '2025-06-18'],
    ['neither header nor session', {}, '2025-03-26'],
  ])('holds for requests with %s', async (_title, headers, requested) => {
    const answer = await ask(config.newest, rpc('ping'), headers);
    expect(answer).toMatchObject(refusal(['2025-11-25'], requested));
    expect((await ask(config.modern, rpc('ping'), headers)).status).toBe(400);
    expect((await ask(config.legacy, rpc('ping'), headers)).status).toBe(200);
  });

  it('ends sessions of a version that is served no more', async () => {
    const of = async (version: string) => ({
      'mcp-session-id': await openSession(harness, {}, version),
    });
    const [old, kept] = [await of('2025-06-18'), await of('2025-11-25')];
    expect((await ask(config.newest, rpc('ping'), old)).status).toBe(404);
    expect((await ask(config.newest, rpc('ping'), kept)).status).toBe(200);
    expect(await ask(config.modern, rpc('ping'), kept)).toMatchObject(
      refusal([modern], '2025-03-26'),
    );
  });

  it('lets no modern message into a batch', async () => {
    const session = await openSession(harness, {}, '2025-03-26');
    const batch = [rpc('ping', { _meta: meta })];
    const headers = { ...named(modern), 'mcp-method': 'ping', 'mcp-session-id': session };
    const answer = await ask(config.all, batch, headers);
    expect(answer).toMatchObject({ status: 400, message: { error: { code: -32600 } } });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { questions } from '../../../../lib/fewer-calls/questions.js';
import { callerHandles } from '../../../../lib/handles/handles.js';
import { pluginOn } from '../../../../plugins/mcp-aggregate/plugin.js';
import { FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import { identityOf, kongConfig, rpc, startHarness } from '../../../support/aggregate/harness.js';
import type { Harness } from '../../../support/aggregate/harness.js';
import { fakeKong } from '../../../support/fake-kong-port.js';
import type { FakeRequest } from '../../../support/fake-kong-port.js';
import { answerOf, deedsIn } from '../../../support/fewer-calls.js';

let harness: Harness;
const body = JSON.stringify(rpc('tools/call', { name: 'one__t', arguments: {} }));
const json = ['content-type', 'application/json'] as const;
beforeAll(async () => {
  harness = await startHarness([new FakeUpstream('one', [tool('t')])]);
});
afterAll(() => harness.stop());

const handleOf = (request = true) =>
  callerHandles.mint('oauth', {
    identity: identityOf('eve'),
    ...(request ? { request: { method: 'POST', headers: { [json[0]]: json[1] } } } : {}),
  });

async function access(
  instance: { access(kong: unknown): Promise<void> },
  answer: Buffer | null,
  more: FakeRequest = {},
) {
  const answers = { 'ctx.shared.getBytes': answer, ...more.answers };
  const kong = fakeKong({ ...more, answers });
  await instance.access(kong.port);
  return { kong, names: kong.calls.map(([name]) => name) };
}

/** An instance that knows of the function. */
async function knowing(config: Record<string, unknown> = {}) {
  const instance = new (pluginOn(harness.aggregator))(kongConfig([{ name: 'one' }], config));
  await access(instance, answerOf('w', '', 'body', body), {
    body: Buffer.from(body),
    headers: { [json[0]]: json[1] },
  });
  return instance as never;
}

const deedsOf = (kong: ReturnType<typeof fakeKong>) =>
  kong.callsOf('ctx.shared.tell').flatMap(([, told]) => deedsIn(String(told)));

describe('with Kong’s function, the access phase', () => {
  it('asks once, and tells once', async () => {
    const { kong, names } = await access(
      await knowing(),
      answerOf('word', handleOf(), 'body', body),
    );
    expect(names).toEqual(['ctx.shared.getBytes', 'ctx.shared.tell']);
    expect(kong.callsOf('ctx.shared.getBytes')).toEqual([
      ['ctx.shared.getBytes', questions.handed],
    ]);
    const deeds = deedsOf(kong);
    expect(deeds[0]).toEqual(['!', 'word']);
    expect(deeds).toContainEqual(['h', 'mcp-name', 'one__t']);
    expect(deeds).toContainEqual(['l', 'subject', 'eve']);
    expect(deeds.at(-1)).toEqual(['t', '127.0.0.1', String(harness.aggregator.port)]);
  });

  it('clears what a client claims, as without it', async () => {
    const own = ['x-mcp-limit-key', 'mine', 'mcp_name', 'x', 'authorization', 'Basic x', ...json];
    const answer = answerOf('word', '', 'body', body, '', 'cred', 'POST', '/mcp', ...own);
    const { kong } = await access(await knowing(), answer);
    const cleared = deedsOf(kong).flatMap(([deed, name]) => (deed === 'c' ? [name] : []));
    expect(cleared.sort()).toEqual(['authorization', 'mcp_name']);
    expect(deedsOf(kong)).toContainEqual(['l', 'subject', 'cred']);
  });

  it('lets nobody in without a credential, nor by a handle that counts for nothing', async () => {
    const stranger = answerOf('w', '', 'body', body, '', '', 'POST', '/mcp', ...json);
    const used = handleOf();
    callerHandles.redeem('oauth', used);
    for (const answer of [stranger, answerOf('w', used, 'body', body)]) {
      const { kong } = await access(await knowing(), answer, { headers: { [json[0]]: json[1] } });
      expect(kong.exit()).toMatchObject({ status: 403 });
      expect(kong.callsOf('ctx.shared.tell')).toEqual([]);
    }
  });

  it('asks for a body that is not there yet by itself', async () => {
    const { kong, names } = await access(await knowing(), answerOf('w', handleOf(), 'later', ''), {
      body: Buffer.from(body),
    });
    expect(names).toEqual(['ctx.shared.getBytes', 'request.getRawBody', 'ctx.shared.tell']);
    expect(deedsOf(kong)).toContainEqual(['h', 'mcp-name', 'one__t']);
  });

  it('asks for headers that mcp-oauth has not handed over', async () => {
    const { names } = await access(await knowing(), answerOf('w', handleOf(false), 'body', body), {
      headers: { [json[0]]: json[1] },
    });
    expect(names).toContain('request.getHeaders');
    expect(names.at(-1)).toBe('ctx.shared.tell');
  });

  it('goes the usual way for a request that it does not answer for', async () => {
    const { kong, names } = await access(await knowing({ anonymous: true }), null, {
      body: Buffer.from(body),
      headers: { [json[0]]: json[1] },
    });
    expect(names).not.toContain('ctx.shared.tell');
    expect(kong.callsOf('service.setTarget')).toHaveLength(1);
  });

  it('fails where the answer cannot be read', async () => {
    const broken = access(await knowing({ anonymous: true }), Buffer.from('4:word99:x'));
    await expect(broken).rejects.toThrow(RangeError);
  });
});

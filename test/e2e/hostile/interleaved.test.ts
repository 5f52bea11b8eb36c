import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFixtureServer } from '../../conformance/fixture/fixture-server.js';
import type { FixtureServer } from '../../conformance/fixture/fixture-server.js';
import { connectFirst } from '../../support/any-client.js';
import type { AnyClient } from '../../support/any-client.js';
import { scope } from '../../support/rig/issuer.js';
import { untilListed } from '../../support/rig/listed.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { openSession, rpc } from '../../support/rpc.js';
import { howOften } from '../../support/thorough.js';

const count = howOften(60, 200);
/** Patience of gateway and clients, in milliseconds: so many at once take a slow machine long. */
const patience = 480_000;
/** Two sessions each. */
const principals = count / 2;

interface Member {
  /** Marks everything that belongs to this session. */
  readonly tag: string;
  readonly who: AnyClient;
}

describe(`${count} sessions of ${principals} principals at once`, () => {
  let fixture: FixtureServer;
  let mcp: ProtectedEndpoint;
  const members: Member[] = [];

  beforeAll(async () => {
    fixture = await startFixtureServer();
    mcp = await startProtectedEndpoint({
      issuer: { scopes: [scope, 'mcp:secret'] },
      aggregate: {
        servers: [{ name: 'fx', url: fixture.url, trusted: true, timeout: patience }],
        hide_unauthorized: true,
        scope_rules: [{ names: ['fx__test_image_content'], scopes: ['mcp:secret'] }],
      },
    });
    await untilListed(mcp.resource, ['fx__test_sampling'], { token: await mcp.token() });
  });
  afterAll(async () => {
    await Promise.all(members.map(({ who }) => who.client.close()));
    await mcp?.stop();
    await fixture?.close();
  });

  async function join(n: number): Promise<Member> {
    const tag = `session-${n}-`;
    const token = await mcp.token(`user-${n % principals}`);
    const content = { type: 'text', text: `${tag}thought` };
    const answers = {
      'sampling/createMessage': { role: 'assistant', model: 'test', content },
      'elicitation/create': {
        action: 'accept',
        content: { username: tag, email: `${tag}@x.test` },
      },
      'roots/list': { roots: [] },
    };
    return { tag, who: await connectFirst(mcp.resource, answers, token) };
  }

  const textOf = async ({ who }: Member, name: string, args: Record<string, unknown>) => {
    const call = { name: `fx__${name}`, arguments: args };
    const { content } = await who.client.callTool(call, undefined, { timeout: patience });
    return JSON.stringify(content);
  };

  /** What one session does: questions, answers, log messages and progress of its own. */
  async function act(member: Member): Promise<void> {
    const { tag, who } = member;
    const [sampled, elicited] = await Promise.all([
      textOf(member, 'test_sampling', { prompt: `${tag}prompt` }),
      textOf(member, 'test_elicitation', { message: `${tag}message` }),
    ]);
    expect(sampled).toContain(`${tag}thought`);
    expect(elicited).toContain(`${tag}@x.test`);
    const [, steps] = await who.withProgress('fx__test_tool_with_progress', {}, patience);
    expect(steps).toHaveLength(3);
  }

  it('none is asked, answered or told what belongs to another', async () => {
    for (let n = 0; n < count; n += 20) {
      const batch = Array.from({ length: 20 }, (_, i) => join(n + i));
      members.push(...(await Promise.all(batch)));
    }
    await Promise.all(members.map(act));
    for (const { tag, who } of members) {
      const said = who.asked.filter(({ method }) => method !== 'roots/list');
      expect(said).toHaveLength(2);
      for (const question of said) expect(JSON.stringify(question)).toContain(tag);
      expect(JSON.stringify([said, who.heard])).not.toMatch(
        new RegExp(`session-(?!${tag.slice('session-'.length)})\\d+-`),
      );
    }
  }, 600_000);

  it('a session opens for its principal alone, even when it is known', async () => {
    const [alice, bob] = await Promise.all(['alice', 'bob'].map((subject) => mcp.token(subject)));
    const session = await openSession(mcp.resource, { token: alice! });
    const listed = (token: string) => rpc(mcp.resource, 'tools/list', { token, session });
    expect((await listed(alice!)).status).toBe(200);
    expect((await listed(bob!)).status).toBe(404);
  });

  it('one user through two clients: each sees what its own scopes allow', async () => {
    const [wide, narrow] = await Promise.all([
      mcp.token('carol', {
        claims: { scope: `${scope} mcp:secret`, client_id: 'wide' },
      }),
      mcp.token('carol', { claims: { client_id: 'narrow' } }),
    ]);
    for (let round = 0; round < 20; round++) {
      const [seen, hidden] = await Promise.all(
        [wide, narrow].map((token) => rpc(mcp.resource, 'tools/list', { token })),
      );
      expect(seen?.text).toContain('fx__test_image_content');
      expect(hidden?.text).not.toContain('fx__test_image_content');
      expect(hidden?.text).toContain('fx__test_simple_text');
    }
    const session = await openSession(mcp.resource, { token: wide });
    expect((await rpc(mcp.resource, 'tools/list', { token: narrow, session })).status).toBe(404);
  });
});

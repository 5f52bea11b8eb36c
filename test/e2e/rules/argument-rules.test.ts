import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directPlugins } from '../../../kong/direct/plugins.js';
import { modernRpc } from '../../support/modern-rpc.js';
import { untilListed } from '../../support/rig/listed.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { openSession, rpc } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const list = JSON.stringify({
  tools: ['merge', 'read'].map((name) => ({ name, inputSchema: { type: 'object' } })),
});

describe.each([{ direct: false }, { direct: true }])('rules on arguments %j', ({ direct }) => {
  let server: HttpFixture;
  let mcp: ProtectedEndpoint;

  beforeAll(async () => {
    server = await startHttpFixture();
    server.on('tools/list', (arrived, response) => answer(arrived, response, list));
    mcp = await startProtectedEndpoint({
      aggregate: {
        servers: [{ name: 's', url: server.url, direct }],
        argument_rules: [
          { names: ['s__*'], argument: '/owner', claim: 'sub', effect: 'require' },
          {
            names: ['s__merge'],
            argument: '/branch/name',
            matches: 'release/.*',
            effect: 'deny',
            reason: 'Release branches are merged by people.',
          },
        ],
      },
      plugins: () => (direct ? [...directPlugins] : []),
    });
    await untilListed(mcp.resource, ['s__merge'], { token: () => mcp.token('ann') });
  });
  afterAll(async () => {
    await mcp?.stop();
    await server?.close();
  });

  async function client() {
    const token = await mcp.token('ann');
    const session = await openSession(mcp.resource, { token });
    return (tool: string, given: object) =>
      rpc(mcp.resource, 'tools/call', {
        params: { name: tool, arguments: given },
        session,
        token,
      });
  }

  it('let through what they allow, twice, the second time directly if so', async () => {
    const call = await client();
    for (let n = 0; n < 2; n++) {
      const answered = await call('s__merge', { owner: 'ann', branch: { name: 'main' } });
      expect(answered.message).toHaveProperty('result');
    }
  });

  it('refuse, with the reason, what they do not, before the server sees it', async () => {
    const call = await client();
    await call('s__read', { owner: 'ann' });
    const reached = server.of('tools/call').length;
    const foreign = await call('s__read', { owner: 'eve' });
    expect(foreign.status).toBe(200);
    expect(foreign.message).toMatchObject({
      error: { code: -31026, data: { argument: '/owner' } },
    });
    expect(JSON.stringify(foreign.message)).not.toContain('eve');
    const release = await call('s__merge', { owner: 'ann', branch: { name: 'release/1' } });
    expect(release.message).toMatchObject({
      error: { code: -31026, message: 'Release branches are merged by people.' },
    });
    const missing = await call('s__read', {});
    expect(missing.message).toMatchObject({ error: { code: -31026 } });
    expect(server.of('tools/call')).toHaveLength(reached);
  });

  it('hold for clients without sessions', async () => {
    const token = await mcp.token('ann');
    const call = (owner: string) =>
      modernRpc(mcp.resource, 'tools/call', { name: 's__read', arguments: { owner } }, { token });
    expect((await call('eve')).message).toMatchObject({ error: { code: -31026 } });
    expect((await call('ann')).message).toHaveProperty('result');
  });
});

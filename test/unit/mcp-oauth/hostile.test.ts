import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setLogLevel } from '../../../lib/log.js';
import { refusals } from '../../../plugins/mcp-oauth/core/challenge/refusal.js';
import { Plugin } from '../../../plugins/mcp-oauth/plugin.js';
import { fakeKong } from '../../support/fake-kong-port.js';
import { algorithmCases } from '../../support/hostile/algorithm-cases.js';
import type { TokenCase } from '../../support/hostile/case.js';
import { claimCases } from '../../support/hostile/claim-cases.js';
import { forgeKeys, token } from '../../support/hostile/forge.js';
import type { Forge } from '../../support/hostile/forge.js';
import { keyCases } from '../../support/hostile/key-cases.js';
import { structureCases } from '../../support/hostile/structure-cases.js';
import { pluginConfig } from '../../support/oauth/plugin-config.js';
import { testIssuer } from '../../support/oauth/test-issuer.js';
import type { TestIssuer } from '../../support/oauth/test-issuer.js';

const host = globalThis as { [marker: symbol]: unknown };
const marker = Symbol.for('kong-plugin-mcp.host');
let issuer: TestIssuer;
let other: TestIssuer;
let attacker: TestIssuer;
let forge: Forge;
let plugin: Plugin;

beforeAll(async () => {
  setLogLevel('error');
  host[marker] = 'protobuf';
  const keys = await forgeKeys();
  issuer = await testIssuer(keys.es256, keys.es384, keys.rs256, keys.eddsa);
  other = await testIssuer(keys.others, keys.othersOwn);
  attacker = await testIssuer(keys.strange);
  const resource = 'https://mcp.example.com/mcp';
  forge = { issuer: issuer.url, other: other.url, attacker: attacker.url, resource, keys };
  plugin = new Plugin(
    pluginConfig({
      resource,
      authorization_servers: [issuer.url, other.url],
      required_scopes: ['mcp:tools'],
    }),
  );
});
afterAll(async () => {
  delete host[marker];
  await Promise.all([issuer, other, attacker].map((server) => server[Symbol.asyncDispose]()));
});

async function send(text: string) {
  const kong = fakeKong({ headers: { authorization: `Bearer ${text}` } });
  await plugin.access(kong.port);
  return kong;
}

const groups: [string, readonly TokenCase[]][] = [
  ['algorithm and signature', algorithmCases],
  ['keys and header', keyCases],
  ['claims', claimCases],
  ['structure', structureCases],
];

describe.each(groups)('hostile tokens: %s', (_group, cases) => {
  it('has one case per description', () => {
    expect(new Set(cases.map(({ what }) => what)).size).toBe(cases.length);
  });

  it.each(cases.map((one) => [one.what, one] as const))('%s', async (_what, one) => {
    const text = await one.token(forge);
    const kong = await send(text);
    const exit = kong.exit();
    const seen = [exit?.status, exit?.headers['WWW-Authenticate'] ?? ''] as const;
    if (one.expected === 'scope') {
      expect(seen).toEqual([403, expect.stringContaining('error="insufficient_scope"')]);
    } else if (typeof one.expected === 'string' && one.expected in refusals) {
      const why = refusals[one.expected as keyof typeof refusals];
      expect(seen).toEqual([
        401,
        expect.stringContaining(`error="invalid_token", error_description="${why}"`),
      ]);
    } else {
      expect(one.expected).toContain(seen[0]);
    }
    expect(JSON.stringify(exit)).not.toContain(text);
    expect(kong.callsOf('ctx.shared.set')).toEqual([]);
  });
});

it.each([
  ['as it is', {}],
  ['for several resources', { aud: ['https://other.example', 'https://mcp.example.com/mcp'] }],
])(
  'a token of the issuer passes %s, so the cases are refused for what they say',
  async (_, own) => {
    expect((await send(token(forge, { payload: own }))).exit()).toBeUndefined();
  },
);

it('no case makes the gateway call the attacker', async () => {
  for (const path of ['/jwks', '/x5', '/.well-known/openid-configuration']) {
    expect(attacker.hits(path)).toBe(0);
  }
});

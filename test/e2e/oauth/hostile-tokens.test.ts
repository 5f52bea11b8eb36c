import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusals } from '../../../plugins/mcp-oauth/core/challenge/refusal.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { algorithmCases } from '../../support/hostile/algorithm-cases.js';
import type { Expected, TokenCase, WireCase, WireRequest } from '../../support/hostile/case.js';
import { claimCases } from '../../support/hostile/claim-cases.js';
import { forgeKeys, token } from '../../support/hostile/forge.js';
import type { Forge } from '../../support/hostile/forge.js';
import { headerCases } from '../../support/hostile/header-cases.js';
import { keyCases } from '../../support/hostile/key-cases.js';
import { parseChallenge } from '../../support/hostile/parse-challenge.js';
import { sendRaw } from '../../support/hostile/raw-http.js';
import type { RawAnswer } from '../../support/hostile/raw-http.js';
import { structureCases } from '../../support/hostile/structure-cases.js';
import { targetCases } from '../../support/hostile/target-cases.js';
import { testIssuer } from '../../support/oauth/test-issuer.js';
import type { TestIssuer } from '../../support/oauth/test-issuer.js';
import { freePort } from '../../support/ports.js';
import { startRecordingUpstream } from '../../support/recording-upstream.js';
import type { RecordingUpstream } from '../../support/recording-upstream.js';
import { fileLog } from '../../support/rig/services.js';

const scope = 'mcp:tools';

describe('hostile requests', () => {
  let issuers: TestIssuer[] = [];
  let upstream: RecordingUpstream;
  let attacker: RecordingUpstream;
  let gateway: Gateway;
  let forge: Forge;
  let pid: number;
  /** What must stand in no log; short ones might stand there by chance. */
  const secrets = new Set<string>();

  beforeAll(async () => {
    const keys = await forgeKeys();
    const port = await freePort();
    issuers = await Promise.all([
      testIssuer(keys.es256, keys.es384, keys.rs256, keys.eddsa),
      testIssuer(keys.others, keys.othersOwn),
    ]);
    [upstream, attacker] = await Promise.all([startRecordingUpstream(), startRecordingUpstream()]);
    const [issuer = '', other = ''] = issuers.map(({ url }) => url);
    const resource = `http://127.0.0.1:${port}/a`;
    forge = { issuer, other, resource, attacker: attacker.url, keys };
    const config = {
      resource,
      authorization_servers: [issuer, other],
      required_scopes: [scope],
      claim_to_header: [{ claim: 'sub', header: 'X-User' }],
    };
    gateway = await startGateway({
      port,
      // As Kong ships: at `info` nginx itself quotes header lines that it does not like.
      conf: { log_level: 'notice' },
      declarative: (places) => ({
        services: [
          {
            name: 'a',
            url: upstream.url,
            retries: 0,
            // Prefixes, so that every spelling Kong lets in comes to the plugin.
            routes: [{ name: 'a', paths: ['/a', '/.well-known', '/x'], strip_path: false }],
            plugins: [{ name: 'mcp-oauth', config }, fileLog(places)],
          },
        ],
      }),
    });
    pid = gateway.pluginServer.pid;
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all(issuers.map((issuer) => issuer[Symbol.asyncDispose]()));
    await Promise.all([upstream?.close(), attacker?.close()]);
  });

  async function refused(request: WireRequest, expected: Expected): Promise<RawAnswer> {
    const before = upstream.requests.length;
    const answer = await sendRaw(forge.resource, request);
    expect(upstream.requests.length, 'requests that reached the upstream').toBe(before);
    expectRefusal(answer, expected);
    return answer;
  }

  function expectRefusal(answer: RawAnswer, expected: Expected): void {
    if (typeof expected !== 'string') {
      expect(expected).toContain(answer.status);
      return;
    }
    const challenges = answer.headers.filter(([name]) => name === 'www-authenticate');
    expect(challenges).toHaveLength(1);
    const { scheme, parameters } = parseChallenge(challenges[0]?.[1] ?? '');
    expect(scheme).toBe('Bearer');
    const { status, ...rest } = meaning(expected);
    expect(answer.status).toBe(status);
    expect(Object.fromEntries(parameters)).toEqual({
      ...rest,
      resource_metadata: gateway.at('/.well-known/oauth-protected-resource/a'),
      scope,
    });
  }

  const send = (text: string): WireRequest => ({ lines: [`Authorization: Bearer ${text}`] });

  it('lets a good token through, so what is refused below is refused for what it is', async () => {
    const before = upstream.requests.length;
    expect((await sendRaw(forge.resource, send(keep(token(forge))))).status).toBe(200);
    expect(upstream.requests.length).toBe(before + 1);
  });

  function keep(text: string): string {
    secrets.add(text);
    return text;
  }

  const tokens: [string, readonly TokenCase[]][] = [
    ['algorithm and signature', algorithmCases],
    ['keys and header', keyCases],
    ['claims', claimCases],
    ['structure', structureCases],
  ];
  describe.each(tokens)('tokens: %s', (_group, cases) => {
    it.each(cases.map((one) => [one.what, one] as const))('%s', async (_what, one) => {
      const text = keep(await one.token(forge));
      const answer = await refused(send(text), one.expected);
      expect(answer.body).not.toContain(text);
    });
  });

  const wires: [string, readonly WireCase[]][] = [
    ['headers', headerCases],
    ['methods, addresses, queries and bodies', targetCases],
  ];
  describe.each(wires)('requests: %s', (_group, cases) => {
    it.each(cases.map((one) => [one.what, one] as const))('%s', async (_what, one) => {
      const good = token(forge);
      if (one.loggedByKong !== true) keep(good);
      await refused(one.request(good, forge), one.expected);
    });
  });

  it('and after all of that the same process lets a good token through', async () => {
    expect((await sendRaw(forge.resource, send(keep(token(forge))))).status).toBe(200);
    expect(upstream.requests.map(({ headers }) => headers['x-user'])).toEqual([
      'mallory',
      'mallory',
    ]);
    expect(gateway.pluginServer.pid).toBe(pid);
    expect(process.kill(pid, 0)).toBe(true);
    expect(gateway.logText()).not.toMatch(/exited on signal|uncaught_exception|plugin_failed/);
  });

  it('nobody called the attacker', () => {
    expect(attacker.requests).toEqual([]);
  });

  it('no token stands in any log', () => {
    const logs = gateway.logText();
    expect(logs.length).toBeGreaterThan(10_000);
    expect(secrets.size).toBeGreaterThan(150);
    const found = [...secrets].filter((text) => text.length > 60 && logs.includes(text));
    expect(found).toEqual([]);
  });
});

function meaning(expected: Exclude<Expected, readonly number[]>) {
  switch (expected) {
    case 'no_token':
      return { status: 401 };
    case 'malformed':
      return {
        status: 400,
        error: 'invalid_request',
        error_description: expect.stringMatching(/./) as string,
      };
    case 'scope':
      return {
        status: 403,
        error: 'insufficient_scope',
        error_description: expect.stringMatching(/./) as string,
      };
    default:
      return { status: 401, error: 'invalid_token', error_description: refusals[expected] };
  }
}

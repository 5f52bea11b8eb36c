import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directPlugins } from '../../../kong/direct/plugins.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway, GatewayOptions } from '../../support/gateway/gateway.js';
import { until } from '../../support/readiness.js';
import { listTools } from '../../support/rig/direct-endpoint.js';
import { untilListed } from '../../support/rig/listed.js';
import { endpoint, fileLog } from '../../support/rig/services.js';
import { openSession, rpc } from '../../support/rpc.js';
import { authority, selfSigned } from '../../support/tls/authority.js';
import { startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const onKong = Boolean(process.env['KONG_BIN']);
const trusted = authority();
const caId = '5b6f6f0c-0f5b-4b9c-8f0e-6d5b7d1b7a01';
const foreign = selfSigned('x', 'DNS:localhost');

/** Who believes which certificates of servers: the node, or the Service alone, which is Kong's alone. */
const stores = onKong ? ['the node', 'the Service'] : ['the node'];

describe.each(stores)('direct calls over TLS, where %s says whom to believe', (store) => {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  const caFile = join(folder, 'ca.pem');
  const fixtures: Record<string, HttpFixture> = {};
  let gateway: Gateway;

  const ofNode = {
    nginx_proxy_proxy_ssl_verify: 'on',
    nginx_proxy_proxy_ssl_trusted_certificate: caFile,
  };
  const ofGateway: Pick<GatewayOptions, 'conf' | 'gatewayEnv'> = onKong
    ? { conf: store === 'the node' ? ofNode : {} }
    : { gatewayEnv: { NODE_EXTRA_CA_CERTS: caFile } };
  const onService = store === 'the Service';

  beforeAll(async () => {
    writeFileSync(caFile, trusted.ca);
    for (const [name, tls] of [
      ['good', trusted.issue(['DNS:localhost'])],
      ['loose', selfSigned('x', 'DNS:elsewhere.test')],
      ['foreign', foreign],
    ] as const) {
      fixtures[name] = await startHttpFixture({ tls });
      listTools(fixtures[name]);
    }
    const at = (name: string) => ({
      ...{ name, direct: true, timeout: 10_000 },
      url: fixtures[name]!.url.replace('127.0.0.1', 'localhost'),
      headers: { Authorization: `Bearer for-${name}` },
    });
    const servers = [
      { ...at('good'), ca_certificates: trusted.ca },
      { ...at('loose'), ssl_verify: false },
      // The usual way believes it.
      { ...at('foreign'), ca_certificates: foreign.cert },
    ];
    gateway = await startGateway({
      declarative: (places) => {
        const aggregate = { anonymous: true, servers };
        const plugins = [...directPlugins, fileLog(places)];
        const url = onService ? 'https://127.0.0.1:9' : 'http://127.0.0.1:9';
        const mcp = endpoint({ name: 'mcp', path: '/mcp', aggregate, plugins, url });
        if (!onService) return { services: [mcp] };
        const ca_certificates = [{ id: caId, cert: trusted.ca }];
        return { ca_certificates, services: [{ ...mcp, ca_certificates: [caId] }] };
      },
      ...ofGateway,
      // Each call is to be direct: with several only those are whose event reaches the session's worker.
      pluginWorkers: 1,
    });
    await untilListed(gateway.at('/mcp'), ['good__x', 'loose__x', 'foreign__x']);
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all(Object.values(fixtures).map((fixture) => fixture.close()));
    rmSync(folder, { recursive: true });
  });

  async function call(name: string, session: string) {
    const params = { name: `${name}__x` };
    const answered = await rpc(gateway.at('/mcp'), 'tools/call', { params, session });
    const id = answered.headers['x-kong-request-id'];
    const find = () =>
      gateway.fileLogLines().find((line) => (line['request'] as { id?: unknown }).id === id);
    const line = await until(find, { what: 'the request was not logged' });
    return { ...answered, direct: (line['mcp'] as { direct?: unknown }).direct };
  }
  /** A session in which calls to the server are direct. */
  async function begun(name: string): Promise<string> {
    const session = await openSession(gateway.at('/mcp'));
    expect((await call(name, session)).message?.result).toEqual({ content: [] });
    return session;
  }

  it.each(['good', 'loose'])('reach a server that is to be believed: %s', async (name) => {
    const { message, direct } = await call(name, await begun(name));
    expect([message?.result, direct]).toEqual([{ content: [] }, true]);
    const { authorization } = fixtures[name]!.of('tools/call').at(-1)!.headers;
    expect(authorization).toBe(`Bearer for-${name}`);
  });

  it('show one whose authority is not known to Kong nothing', async () => {
    const session = await begun('foreign');
    const reached = fixtures['foreign']!.arrived.length;
    const { message, direct } = await call('foreign', session);
    expect([message?.error?.message, direct]).toEqual(['server foreign cannot be reached', true]);
    expect(fixtures['foreign']!.arrived).toHaveLength(reached);
  });

  it.each([
    ['is another’s', trusted.issue(['DNS:elsewhere.test'])],
    ['has expired', trusted.issue(['DNS:localhost'], ['20200101000000Z', '20200201000000Z'])],
  ])('nor one whose certificate %s', async (_what, tls) => {
    const session = await begun('good');
    const good = fixtures['good']!;
    const port = Number(new URL(good.url).port);
    await good.close();
    const impostor = await startHttpFixture({ tls }, port);
    try {
      const { message, direct } = await call('good', session);
      expect([message?.error?.message, direct]).toEqual(['server good cannot be reached', true]);
      expect(impostor.arrived).toEqual([]);
    } finally {
      await impostor.close();
      fixtures['good'] = await startHttpFixture({ tls: trusted.issue(['DNS:localhost']) }, port);
      listTools(fixtures['good']);
    }
    await until(
      async () => (await call('good', await openSession(gateway.at('/mcp')))).message?.result,
      {
        what: 'the server was not found again',
      },
    );
  });
});

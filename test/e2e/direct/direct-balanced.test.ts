import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directPlugins } from '../../../kong/direct/plugins.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Declarative, Gateway, Places } from '../../support/gateway/gateway.js';
import { modernRpc } from '../../support/modern-rpc.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { endpoint, fileLog } from '../../support/rig/services.js';
import { authority } from '../../support/tls/authority.js';
import { startEraFixture } from '../../support/upstreams/era-fixture.js';
import type { EraFixture } from '../../support/upstreams/era-fixture.js';
import { answer } from '../../support/upstreams/http-fixture.js';

const onKong = Boolean(process.env['KONG_BIN']);
const trusted = authority();
const caId = '5b6f6f0c-0f5b-4b9c-8f0e-6d5b7d1b7a02';
const tls = trusted.issue(['DNS:localhost']);
const list =
  '{"resultType":"complete","ttlMs":0,"cacheScope":"public","tools":[{"name":"x","inputSchema":{"type":"object"}}]}';

async function startInstance(): Promise<EraFixture> {
  const instance = await startEraFixture({ modern: true, legacy: false }, { tls });
  instance.onModern('tools/list', (arrived, response) => answer(arrived, response, list));
  return instance;
}

/** Kong's upstreams are Kong's alone: the stand-in says so, and only a Kong is asked for more. */
describe('direct calls on an Upstream of Kong, over verified TLS', () => {
  let first: EraFixture;
  let other: EraFixture;
  let gateway: Gateway;

  const document = (places: Places): Declarative => {
    const host = ({ url }: EraFixture) => `localhost:${new URL(url).port}`;
    const url = `https://${host(first)}/mcp`;
    const server = {
      ...{ name: 's', url, direct: true, direct_upstream: 'instances', uri_mapping: 'none' },
      ca_certificates: trusted.ca,
      headers: { Authorization: 'Bearer of-the-gateway' },
    };
    return {
      upstreams: [
        {
          name: 'instances',
          healthchecks: { passive: { unhealthy: { tcp_failures: 1 } } },
          targets: [first, other].map((instance) => ({ target: host(instance) })),
        },
      ],
      ca_certificates: [{ id: caId, cert: trusted.ca }],
      services: [
        {
          ...endpoint({
            name: 'mcp',
            path: '/mcp',
            url: 'https://127.0.0.1:9',
            aggregate: { anonymous: true, servers: [server] },
            plugins: [...directPlugins, fileLog(places)],
          }),
          ca_certificates: [caId],
        },
      ],
    };
  };

  beforeAll(async () => {
    [first, other] = await Promise.all([startInstance(), startInstance()]);
    if (!onKong) return;
    // Each worker would have to find the era out.
    gateway = await startGateway({ declarative: document, pluginWorkers: 1 });
    await untilListed(gateway.at('/mcp'), ['s__x']);
    // The first one finds the era out.
    await modernRpc(gateway.at('/mcp'), 'tools/call', { name: 's__x' });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([first?.close(), other?.close()]);
  });

  /** Makes so many calls; answers how many reached which instance. */
  async function calls(count: number): Promise<[number, number]> {
    const before = [first, other].map((one) => one.of('tools/call').length);
    for (let n = 0; n < count; n += 1) {
      const { message, headers } = await modernRpc(gateway.at('/mcp'), 'tools/call', {
        name: 's__x',
        arguments: { n },
      });
      expect(message?.result).toBeDefined();
      const id = headers['x-kong-request-id'];
      const isThis = (line: Record<string, unknown>) =>
        (line['request'] as { id: unknown }).id === id;
      const line = await until(() => gateway.fileLogLines().find(isThis), { what: 'no log entry' });
      expect(line['mcp']).toMatchObject({ direct: true });
    }
    const [one, two] = [first, other].map((each, n) => each.of('tools/call').length - before[n]!);
    return [one!, two!];
  }

  it.runIf(!onKong)('are refused by the stand-in, which has no Upstreams', async () => {
    await expect(startGateway({ declarative: document })).rejects.toThrow(
      /upstreams.*unknown field/,
    );
  });

  it.runIf(onKong)(
    'reach each target, with its host, path and the server’s credential',
    async () => {
      const [one, two] = await calls(10);
      expect([one + two, one > 0, two > 0]).toEqual([10, true, true]);
      for (const instance of [first, other]) {
        const { headers } = instance.of('tools/call').at(-1)!;
        expect(headers).toMatchObject({
          host: `localhost:${new URL(instance.url).port}`,
          authorization: 'Bearer of-the-gateway',
          'mcp-method': 'tools/call',
        });
      }
    },
  );

  it.runIf(onKong)('lose none where a target dies, and send none twice', async () => {
    await other.close();
    expect(await calls(10)).toEqual([10, 0]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgeProof, holderKey } from '../../support/dpop/forge-proof.js';
import type { HolderKey } from '../../support/dpop/forge-proof.js';
import { dpop } from '../../support/dpop/proof-cases.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { until } from '../../support/readiness.js';
import { startRecordingUpstream } from '../../support/recording-upstream.js';
import type { RecordingUpstream } from '../../support/recording-upstream.js';
import { redisMissing, startRedis } from '../../support/redis.js';
import type { TestRedis } from '../../support/redis.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { endpoint } from '../../support/rig/services.js';
import { rpc } from '../../support/rpc.js';

const target = 'https://mcp.example.com/mcp';

describe('a proof that is sent again', () => {
  let issuer: Issuer;
  let upstream: RecordingUpstream;
  let key: HolderKey;
  let token: string;

  beforeAll(async () => {
    [issuer, upstream, key] = await Promise.all([
      startIssuer([target]),
      startRecordingUpstream(),
      holderKey('ES256'),
    ]);
    token = await issuer.token(target, 'alice', { claims: { cnf: { jkt: key.jkt } } });
  });
  afterAll(async () => {
    await Promise.all([issuer?.close(), upstream?.close()]);
  });

  const proof = () => forgeProof({ target, token, keys: { own: key } });
  const send = async (gateway: Gateway, once: string) =>
    (await rpc(gateway.at('/mcp'), 'ping', { headers: dpop(token, once) })).status;

  const start = (env: Readonly<Record<string, string>>, own: object = {}) =>
    startGateway({
      env,
      workers: 4,
      declarative: {
        services: [
          endpoint({
            name: 'mcp',
            path: '/mcp',
            url: upstream.url,
            oauth: {
              resource: target,
              authorization_servers: [issuer.url],
              dpop: { mode: 'required' },
              ...own,
            },
          }),
        ],
      },
    });

  describe('to another worker of the plugin server', () => {
    let gateway: Gateway;
    beforeAll(async () => {
      gateway = await start({ KONG_MCP_WORKERS: '3' });
    });
    afterAll(() => gateway?.stop());

    it('is refused by each of them', async () => {
      const all = Array.from({ length: 12 }, async () => {
        const once = proof();
        const sent = await Promise.all(Array.from({ length: 6 }, () => send(gateway, once)));
        return sent.sort();
      });
      const [good, ...refused] = [200, 401, 401, 401, 401, 401];
      for (const sent of await Promise.all(all)) expect(sent).toEqual([good, ...refused]);
    });
  });

  describe.skipIf(redisMissing !== undefined)(
    `to another node with the same Redis${redisMissing ? ` (${redisMissing})` : ''}`,
    () => {
      let redis: TestRedis;
      const nodes: Gateway[] = [];
      beforeAll(async () => {
        redis = await startRedis();
        const shared = { redis: { host: '127.0.0.1', port: redis.port } };
        nodes.push(await start({}, shared), await start({}, shared));
      });
      afterAll(async () => {
        await Promise.all(nodes.map((node) => node.stop()));
        await redis?.stop();
      });

      const sendToBoth = (once: string) =>
        Promise.all(nodes.flatMap((node) => [send(node, once), send(node, once)]));

      it('is refused there, and by all while Redis is down', async () => {
        // Connections begin with the first request.
        for (const node of nodes) {
          const what = 'the node has no Redis';
          await until(async () => (await send(node, proof())) === 200, { what });
        }
        expect((await sendToBoth(proof())).sort()).toEqual([200, 401, 401, 401]);
        await redis.stop();
        // A worker that has seen it knows by itself; the others cannot tell.
        const down = await sendToBoth(proof());
        expect(down).toContain(503);
        expect(down.filter((status) => status !== 401 && status !== 503)).toEqual([]);
        await redis.start();
        const what = 'the node has not found Redis again';
        for (const node of nodes) {
          await until(async () => (await send(node, proof())) === 200, { what });
        }
      });
    },
  );
});

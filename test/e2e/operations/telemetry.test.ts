import { expect, it } from 'vitest';
import { startOtlpReceiver } from '../../support/otlp/receiver.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { untilListed } from '../../support/rig/listed.js';
import { callTool } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

it('a collector that is down costs no call, and one line of each process', async () => {
  const server = await startHttpFixture();
  const port = await freePort();
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_BSP_SCHEDULE_DELAY: '10',
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1',
    OTEL_EXPORTER_OTLP_TIMEOUT: '200',
    OTEL_METRICS_EXPORTER: 'none',
  };
  await using mcp = await startProtected(server, env);
  const { stderr } = mcp.gateway.pluginServer;
  expect(stderr).toContain('telemetry_started');
  const lines = () =>
    mcp.gateway.pluginServer.stderr
      .split('\n')
      .filter((line) => line.includes('telemetry_export_failed'));
  const token = await mcp.token();
  await until(
    async () => {
      expect((await callTool(mcp.resource, 'told__x', {}, { token })).status).toBe(200);
      return lines().length > 0;
    },
    { what: 'the failure was not logged' },
  );
  for (let n = 0; n < 20; n++) await callTool(mcp.resource, 'told__x', {}, { token });
  const said = lines().map((line) => JSON.parse(line) as { readonly worker?: number });
  for (const one of said) expect(one).toMatchObject({ level: 'warn', signal: 'traces' });
  // Of each process that serves.
  expect(new Set(said.map(({ worker }) => worker)).size).toBe(said.length);
  // It comes back, and with it what is said from then on.
  const collector = await startOtlpReceiver(port);
  await until(
    async () => {
      await callTool(mcp.resource, 'told__x', {}, { token });
      return collector.spans.length > 0;
    },
    { what: 'nothing was exported again' },
  );
  await Promise.all([collector.close(), server.close()]);
});

it('each worker exports for itself', async () => {
  const [server, collector] = await Promise.all([startHttpFixture(), startOtlpReceiver()]);
  await using mcp = await startProtected(server, collector.env, 2);
  const token = await mcp.token();
  const seen = await until(
    async () => {
      // One at a time would all go by the connection that Kong keeps, to one worker.
      const call = () => callTool(mcp.resource, 'told__x', {}, { token });
      await Promise.all(Array.from({ length: 8 }, call));
      const all = new Map(
        collector.spans.map(({ resource }) => [
          resource['kong_mcp.worker'],
          resource['service.instance.id'],
        ]),
      );
      return all.size > 1 && all;
    },
    { what: 'one worker exported alone' },
  );
  expect([...seen.keys()].sort()).toEqual(['0', '1']);
  expect(new Set(seen.values()).size).toBe(2);
  await Promise.all([collector.close(), server.close()]);
});

it('figures are exported where they are counted, by each process, without a listener', async () => {
  const [server, collector] = await Promise.all([startHttpFixture(), startOtlpReceiver()]);
  const env = { ...collector.env, OTEL_TRACES_EXPORTER: 'none' };
  await using mcp = await startProtected(server, env, 2);
  const token = await mcp.token();
  const calls = 5;
  for (let n = 0; n < calls; n++) await callTool(mcp.resource, 'told__x', {}, { token });
  const counted = await until(
    () => {
      const newest = new Map<unknown, number>();
      for (const { name, resource, points } of collector.metrics) {
        if (name !== 'kong_mcp_requests_total') continue;
        const own = points.filter(({ attributes }) => attributes['tool'] === 'told__x');
        newest.set(
          resource['service.instance.id'],
          own.reduce((sum, { value }) => sum + value, 0),
        );
      }
      const all = [...newest.values()].reduce((sum, value) => sum + value, 0);
      return all >= calls && all;
    },
    { what: 'the calls were not counted' },
  );
  expect(counted).toBe(calls);
  const time = collector.metrics.find(({ name }) => name === 'kong_mcp_request_duration_seconds');
  expect(time).toMatchObject({ type: 'histogram' });
  expect(time!.points[0]!.buckets).toHaveLength(time!.points[0]!.bounds.length + 1);
  const of = (name: string) =>
    until(() => collector.metrics.find((metric) => metric.name === name), { what: `no ${name}` });
  expect((await of('kong_mcp_workers')).resource).toMatchObject({ 'kong_mcp.worker': 'primary' });
  expect((await of('process_resident_memory_bytes')).type).toBe('gauge');
  expect(await of('process_cpu_seconds_total')).toMatchObject({ type: 'sum', monotonic: true });
  expect(collector.spans).toEqual([]);
  await Promise.all([collector.close(), server.close()]);
});

it('what cannot be followed is said, and nothing is loaded for it', async () => {
  const server = await startHttpFixture();
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
  };
  await using mcp = await startProtected(server, env);
  const { stderr } = mcp.gateway.pluginServer;
  expect(stderr).toContain('"telemetry_refused"');
  expect(stderr).toContain('OTEL_EXPORTER_OTLP_PROTOCOL');
  expect(stderr).not.toContain('telemetry_started');
  await server.close();
});

async function startProtected(
  server: HttpFixture,
  env: Readonly<Record<string, string>>,
  pluginWorkers?: number,
) {
  server.on('tools/list', (arrived, response) =>
    answer(arrived, response, '{"tools":[{"name":"x","inputSchema":{"type":"object"}}]}'),
  );
  const servers = [{ name: 'told', url: server.url }];
  // One for authentication would be one more.
  const own = pluginWorkers === undefined ? {} : { pluginWorkers, authSocket: false };
  const gateway = { env, ...own };
  const mcp = await startProtectedEndpoint({ aggregate: { servers }, gateway });
  await untilListed(mcp.resource, ['told__x'], { token: await mcp.token() });
  return { ...mcp, [Symbol.asyncDispose]: () => mcp.stop() };
}

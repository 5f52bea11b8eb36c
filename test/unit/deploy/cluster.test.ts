import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { deployed, resources, ways } from '../../support/deploy/resources.js';
import type { Resource } from '../../support/deploy/resources.js';
import { projectFile } from '../../support/project.js';

const read = (path: string): string => readFileSync(projectFile(path), 'utf8');
const one = (file: string, kind: string) => deployed(file).find((found) => found['kind'] === kind)!;
const fits = (selector: object, labels: Resource) =>
  Object.entries(selector).every(([name, value]) => labels[name] === value);
const known = new Set(
  [...read('docs/monitoring.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name),
);

describe('what Prometheus is told', () => {
  it('are the alerts of the examples', () => {
    const { groups } = parse(read('examples/prometheus-rules.yml')) as { groups: unknown };
    expect(one('cluster/prometheus-rule.yaml', 'PrometheusRule')['spec']).toEqual({ groups });
  });

  it('are metrics that are there', () => {
    const texts = ['prometheus-rule', 'adapter-rules', 'autoscaler'].map((name) =>
      read(`deploy/cluster/${name}.yaml`),
    );
    const named = texts.join('\n').match(/\bkong_mcp_\w+/g) ?? [];
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('is where each pod shows them', () => {
    const service = one('cluster/service-monitor.yaml', 'Service');
    const { selector, endpoints } = one('cluster/service-monitor.yaml', 'ServiceMonitor')['spec'];
    expect(fits(selector.matchLabels, service['metadata'].labels)).toBe(true);
    const [port] = service['spec'].ports;
    expect(endpoints.map((endpoint: Resource) => [endpoint['port'], endpoint['path']])).toEqual([
      [port.name, '/metrics'],
    ]);
    for (const { pod } of ways()) {
      expect(fits(service['spec'].selector, pod['labels'])).toBe(true);
      const [, plugins] = pod['initContainers'];
      expect(plugins.ports).toEqual([{ name: port.targetPort, containerPort: port.port }]);
    }
  });
});

describe('who may reach the pods', () => {
  const { podSelector, ingress } = one('cluster/network-policy.yaml', 'NetworkPolicy')['spec'];
  const rules = (ingress as Resource[]).map(({ ports }) => ports as Resource[]);
  const has = (port: number) =>
    rules
      .flat()
      .some((range) => range['port'] <= port && port <= (range['endPort'] ?? range['port']));

  it.each(ways().map((way) => [way.name, way] as const))(
    'of %s, at ports that are there',
    (_, { pod }) => {
      expect(fits(podSelector.matchLabels, pod['labels'])).toBe(true);
      const env = Object.fromEntries(
        pod['initContainers'][1].env.map(({ name, value }: Resource) => [name, value]),
      );
      const first = Number(env['KONG_MCP_PEER_ADDRESS'].split(':')[1]);
      const workers = Number(env['KONG_MCP_WORKERS']);
      expect([first, first + workers - 1, 9464, 8000].map(has)).toEqual([true, true, true, true]);
      expect([8001, first - 1].map(has)).toEqual([false, false]);
    },
  );

  it('lets everybody to the proxy alone', () => {
    const open = (ingress as Resource[]).filter(({ from }) => from === undefined);
    expect(open.flatMap(({ ports }) => ports.map(({ port }: Resource) => port))).toEqual([
      8000, 8443,
    ]);
  });
});

describe('how many pods there are', () => {
  it('goes by calls under way', () => {
    const { metrics, minReplicas } = one('cluster/autoscaler.yaml', 'HorizontalPodAutoscaler')[
      'spec'
    ];
    expect(metrics[0].pods.metric.name).toBe('kong_mcp_requests_in_flight');
    const { custom } = parse(read('deploy/cluster/adapter-rules.yaml')).rules;
    expect(custom.map(({ name }: Resource) => name.as)).toEqual(['kong_mcp_requests_in_flight']);
    expect(minReplicas).toBeGreaterThan(1);
  });

  it('is one less at a time', () => {
    const { selector } = one('manifests/disruption-budget.yaml', 'PodDisruptionBudget')['spec'];
    expect(fits(selector.matchLabels, ways()[2]!.pod['labels'])).toBe(true);
    expect(
      fits(one('manifests/service.yaml', 'Service')['spec'].selector, ways()[2]!.pod['labels']),
    ).toBe(true);
    for (const name of ['kong', 'ingress']) {
      const [values] = deployed(`helm/values-${name}.yaml`);
      const chart = values!['gateway'] ?? values;
      expect(chart.podDisruptionBudget).toEqual({ enabled: true, maxUnavailable: 1 });
      expect(chart.replicaCount).toBeGreaterThan(1);
    }
  });
});

it('every resource names itself once', () => {
  const names = resources().map(
    ([, { kind, metadata }]) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
  );
  expect(names.length).toBeGreaterThan(15);
  expect(new Set(names).size).toBe(names.length);
});

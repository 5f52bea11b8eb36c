import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentsIn, resources } from '../support/deploy/resources.js';
import type { Resource } from '../support/deploy/resources.js';
import { ResourceSchemas } from '../support/deploy/schemas.js';
import { projectFile } from '../support/project.js';

const { DEPLOY_TOOLS, HELM_BIN, KONG_CHARTS = '', KUBE_OPENAPI, KUBE_CRDS = '' } = process.env;
const crds = KUBE_CRDS.split(':').filter((folder) => folder !== '');
const schemas = KUBE_OPENAPI ? new ResourceSchemas(KUBE_OPENAPI, crds) : undefined;

it('has its tools, or says that it looks at nothing', () => {
  const missing = Object.entries({ HELM_BIN, KONG_CHARTS, KUBE_OPENAPI, KUBE_CRDS }).filter(
    ([, value]) => !value,
  );
  const names = missing.map(([name]) => name).join(', ');
  if (names !== '') process.stderr.write(`not set, so that tests are left out: ${names}\n`);
  if (DEPLOY_TOOLS === 'required') expect(names).toBe('');
});

function rendered(chart: string, values: string): Resource[] {
  const args = ['template', 'kong', join(KONG_CHARTS, chart), '--values', projectFile(values)];
  return documentsIn(execFileSync(HELM_BIN!, args, { encoding: 'utf8' }));
}

/** What the schemas say of them, by name. */
const wrong = (all: readonly Resource[]) =>
  all.flatMap((resource) => {
    const errors = schemas!.errorsOf(resource);
    return errors === undefined
      ? []
      : [`${resource['kind']} ${resource['metadata'].name}: ${errors}`];
  });

describe.each([
  ['kong', 'deploy/helm/values-kong.yaml', 'kong-kong'],
  ['ingress', 'deploy/helm/values-ingress.yaml', 'kong-gateway'],
])('the chart %s with our values', (chart, values, name) => {
  const test = HELM_BIN && KONG_CHARTS ? it : it.skip;

  test('starts the plugin server before Kong, with all that both need', () => {
    const all = rendered(chart, values);
    const gateway = all.find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name === name,
    )!;
    const { metadata, spec } = gateway['spec'].template;
    expect(metadata.labels['app.kubernetes.io/part-of']).toBe('kong-plugin-mcp');
    expect(spec.initContainers.map((one: Resource) => [one['name'], one['restartPolicy']])).toEqual(
      [
        ['clear-stale-pid', undefined],
        ['mcp-describe', undefined],
        ['mcp-plugins', 'Always'],
      ],
    );
    const proxy = spec.containers.find((one: Resource) => one['name'] === 'proxy');
    const env = Object.fromEntries(proxy.env.map((one: Resource) => [one['name'], one['value']]));
    expect(env).toMatchObject({
      KONG_PLUGINS: 'bundled,mcp-oauth,mcp-aggregate',
      KONG_PLUGINSERVER_NAMES: 'mcp_oauth,mcp_aggregate',
      KONG_NGINX_HTTP_CLIENT_BODY_BUFFER_SIZE: '1m',
    });
    const volumes = new Set(spec.volumes.map((one: Resource) => one['name']));
    for (const { volumeMounts } of [...spec.containers, ...spec.initContainers]) {
      for (const mount of volumeMounts) expect(volumes).toContain(mount.name);
    }
    expect(spec.securityContext.fsGroup).toBe(10001);
    expect(all.filter(({ kind }) => kind === 'PodDisruptionBudget')).toHaveLength(1);
  });

  const valid = HELM_BIN && KONG_CHARTS && schemas ? it : it.skip;
  valid('is valid, field by field', () => {
    expect(wrong(rendered(chart, values))).toEqual([]);
  });
});

describe('the files of deploy/', () => {
  const test = schemas && crds.length > 0 ? it : it.skip;

  test('are valid, field by field', () => {
    expect(wrong(resources().map(([, resource]) => resource))).toEqual([]);
  });

  test('would be found wrong where they were', () => {
    const [, first] = resources().find(([, { kind }]) => kind === 'KongPlugin')!;
    expect(wrong([{ ...first, confg: {} }])).toHaveLength(1);
    const [, pod] = resources().find(([, { kind }]) => kind === 'Deployment')!;
    const spec = { ...pod['spec'], replica: 2 };
    expect(wrong([{ ...pod, spec }])).toHaveLength(1);
  });
});

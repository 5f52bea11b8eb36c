import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readPlugin } from '../../../kong/cli/validate/read-plugin.js';
import { validateKongFile } from '../../../kong/cli/validate/validate-kong-file.js';
import { deployed, resources } from '../../support/deploy/resources.js';
import type { Resource } from '../../support/deploy/resources.js';

const all = resources().map(([, resource]) => resource);
const plugins = all.filter(({ kind }) => /^Kong(Cluster)?Plugin$/.test(kind));

/** What the ingress controller makes of a plugin's configuration. */
function configOf({ config, configFrom, kind }: Resource): unknown {
  if (configFrom === undefined) return config;
  const { name, key, namespace } = configFrom.secretKeyRef;
  expect(namespace === undefined).toBe(kind === 'KongPlugin');
  const secret = all.find(
    (one) =>
      one['kind'] === 'Secret' &&
      one['metadata'].name === name &&
      one['metadata'].namespace === namespace,
  )!;
  expect(secret['metadata'].labels).toEqual({ 'konghq.com/validate': 'plugin' });
  return parse(secret['stringData'][key]);
}

describe('the plugins of an endpoint', () => {
  it('are both there, for a namespace and for all', () => {
    expect(plugins.map(({ kind, plugin }) => `${kind} ${plugin}`)).toEqual([
      'KongClusterPlugin mcp-oauth',
      'KongClusterPlugin mcp-aggregate',
      'KongPlugin mcp-oauth',
      'KongPlugin mcp-aggregate',
    ]);
  });

  it.each(plugins.map((one) => [one['metadata'].name, one] as const))(
    '%s is in order',
    (_, one) => {
      expect(readPlugin(one['plugin'], configOf(one)).errors).toEqual([]);
    },
  );

  it('that hold credentials take all of it from a Secret', () => {
    for (const { plugin, configFrom, config } of plugins) {
      if (plugin === 'mcp-aggregate')
        expect([typeof configFrom, config]).toEqual(['object', undefined]);
    }
  });
});

describe('the routes of an endpoint', () => {
  const [route] = deployed('endpoint/httproute.yaml');
  const [ingress] = deployed('endpoint/ingress.yaml');
  const [nowhere] = deployed('endpoint/service.yaml');
  const oauth = readPlugin(
    'mcp-oauth',
    configOf(plugins.find(({ kind, plugin }) => kind === 'KongPlugin' && plugin === 'mcp-oauth')!),
  ).plugin;
  const config = oauth?.kind === 'oauth' ? oauth.config : undefined;
  const wellKnown = '/.well-known/oauth-protected-resource';
  const expected = [
    new URL('https://gateway.example.com/mcp').pathname,
    config?.metadataPath,
    wellKnown,
  ];

  it('have the endpoint’s path and both places of its metadata, as whole paths', () => {
    const [rule] = route!['spec'].rules;
    const matches = rule.matches.map(({ path }: Resource) => path);
    expect(matches.map(({ value }: Resource) => value)).toEqual(expected);
    expect(new Set(matches.map(({ type }: Resource) => type))).toEqual(new Set(['Exact']));
    const { paths } = ingress!['spec'].rules[0].http;
    expect(paths.map(({ path }: Resource) => path)).toEqual(expected);
    expect(new Set(paths.map(({ pathType }: Resource) => pathType))).toEqual(new Set(['Exact']));
  });

  it('carry the plugins, and lead to a Service that leads nowhere and sends nothing again', () => {
    const names = plugins
      .filter(({ kind }) => kind === 'KongPlugin')
      .map(({ metadata }) => metadata.name);
    for (const { metadata } of [route!, ingress!]) {
      expect(metadata.annotations['konghq.com/plugins'].split(',')).toEqual(names);
      expect(metadata.annotations['konghq.com/strip-path']).toBe('false');
    }
    const { name, annotations } = nowhere!['metadata'];
    expect(route!['spec'].rules[0].backendRefs).toEqual([{ name, port: 9 }]);
    for (const { backend } of ingress!['spec'].rules[0].http.paths) {
      expect(backend.service).toEqual({ name, port: { number: 9 } });
    }
    expect(nowhere!['spec']).not.toHaveProperty('selector');
    expect(annotations['konghq.com/retries']).toBe('0');
  });
});

it('the configuration of deploy/manifests is in order', () => {
  const [secret] = deployed('manifests/config.yaml');
  const found = validateKongFile('kong.yml', secret!['stringData']['kong.yml'], new Set());
  expect(found.filter(({ level }) => level !== 'note')).toEqual([]);
  const [deployment] = deployed('manifests/deployment.yaml');
  const { volumes, containers } = deployment!['spec'].template.spec;
  const { name } = volumes.find(
    ({ secret: one }: Resource) => one?.secretName === secret!['metadata'].name,
  );
  const watch = containers.find((one: Resource) => one['name'] === 'mcp-watch');
  const [{ mountPath }] = watch.volumeMounts.filter((mount: Resource) => mount['name'] === name);
  expect(watch.args.slice(0, 2)).toEqual(['watch', `${mountPath}/kong.yml`]);
});

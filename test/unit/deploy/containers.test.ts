import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readKongConf } from '../../../kong/kong-conf.js';
import { readOptions, usage } from '../../../kong/pluginserver/options.js';
import { deployed, ways } from '../../support/deploy/resources.js';
import type { Resource } from '../../support/deploy/resources.js';
import { projectFile } from '../../support/project.js';

const read = (path: string): string => readFileSync(projectFile(path), 'utf8');
const dockerfile = read('kong/Dockerfile');
const shipped = readKongConf(read('kong/kong.conf'), {});
const { version } = JSON.parse(read('package.json')) as { version: string };

describe.each(ways().map((way) => [way.name, way] as const))('the pod of %s', (_, way) => {
  const [describing, plugins] = way.pod['initContainers'] as [Resource, Resource];
  const env = Object.fromEntries(
    plugins['env'].map(({ name, value }: Resource) => [
      name,
      value?.replace('$(POD_IP)', '10.0.0.7'),
    ]),
  ) as Record<string, string>;
  const mountsOf = ({ volumeMounts }: Resource): readonly Resource[] => volumeMounts;
  const volumeAt = (mounts: readonly Resource[], path: string) =>
    mounts.filter(({ mountPath }) => path.startsWith(mountPath)).map(({ name }) => name as string);

  it('starts the plugin server with what it knows, where Kong looks for it', () => {
    const options = readOptions(plugins['args'], env);
    expect(options).toMatchObject({ socketMode: 0o660, operations: { refusedIsReady: true } });
    const { socket, operations } = options as Exclude<typeof options, string>;
    expect(way.kong['pluginserver_mcp_oauth_socket']).toBe(socket);
    expect(way.kong['pluginserver_mcp_aggregate_socket']).toBe(socket);
    expect(volumeAt(way.kongMounts, socket)).toEqual(volumeAt(mountsOf(plugins), socket));
    expect(describing['command'].at(-1)).toContain(`install -d -m 2750 ${dirname(socket)}`);
    for (const name of Object.keys(env).filter((one) => one !== 'POD_IP')) {
      expect(usage).toMatch(new RegExp(`\\b${name}\\b`));
    }
    expect(operations?.hosts).toEqual(['10.0.0.7']);
    expect(plugins['ports']).toEqual([{ name: 'mcp-ops', containerPort: operations?.port }]);
  });

  it('starts it before Kong, and asks for pages that are there', () => {
    expect(plugins['restartPolicy']).toBe('Always');
    expect(describing).not.toHaveProperty('restartPolicy');
    const paths = ['startupProbe', 'readinessProbe', 'livenessProbe'].map(
      (probe) => plugins[probe].httpGet as Resource,
    );
    expect(paths.map(({ path }) => path)).toEqual(['/ready', '/ready', '/health']);
    expect(new Set(paths.map(({ port }) => port))).toEqual(new Set(['mcp-ops']));
    for (const { path } of paths) expect(read('docs/monitoring.md')).toContain(`| \`${path}\` |`);
  });

  it('gives Kong the settings of kong.conf, and the description files of the image', () => {
    const own = [...shipped].filter(([key]) =>
      /^(?:nginx_|pluginserver_|plugins$|upstream_)/.test(key),
    );
    const expected = Object.fromEntries(
      own.map(([key, value]) => [key, value.replace('/plugins.sock', '/private/plugins.sock')]),
    );
    expect(way.kong).toMatchObject(expected);
    const [, folder = ''] = /cat (\S+)\/mcp-oauth\.json/.exec(
      way.kong['pluginserver_mcp_oauth_query_cmd']!,
    )!;
    const [volume] = volumeAt(way.kongMounts, folder);
    expect(mountsOf(describing)).toContainEqual({ name: volume, mountPath: '/describe' });
    expect(describing['command'].at(-1)).toContain('cp -r /app/describe/. /describe/');
    expect(dockerfile).toContain('COPY --from=build /app/describe /app/describe');
  });

  it('runs the image of this release under its user, and may do little', () => {
    const images = [describing, plugins].map(({ image }) => image as string);
    expect(new Set(images)).toEqual(new Set([`registry.example.com/kong-plugin-mcp:${version}`]));
    const [, user, group] = /^USER (\d+):(\d+)$/m.exec(dockerfile)!.map(Number);
    const all = [describing, plugins, ...((way.pod['containers'] ?? []) as Resource[])];
    for (const { name, securityContext } of all) {
      expect(securityContext, name).toMatchObject({
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
    expect(plugins['securityContext']).toMatchObject({ runAsUser: user, runAsGroup: group });
    expect(way.pod['securityContext'].fsGroup).toBe(group);
  });

  it('keeps the sealing key from Kong, and the socket’s folder from being written by it', () => {
    const file = env['KONG_MCP_SEALING_KEY_FILE']!;
    const [volume] = volumeAt(mountsOf(plugins), file);
    expect(volumeAt(way.kongMounts, file)).toEqual([]);
    const { secret } = way.pod['volumes'].find(({ name }: Resource) => name === volume);
    expect(secret.defaultMode & 0o007).toBe(0);
    for (const mount of way.kongMounts.filter(({ name }) => name.startsWith('mcp-'))) {
      expect(mount['readOnly'], mount['name']).toBe(true);
    }
    const named = new Set(way.pod['volumes'].map(({ name }: Resource) => name));
    for (const { name } of [...way.kongMounts, ...mountsOf(plugins)]) {
      if (name.startsWith('mcp-')) expect(named).toContain(name);
    }
  });
});

it('the values of both charts are the same gateway', () => {
  const [kong] = deployed('helm/values-kong.yaml');
  const [ingress] = deployed('helm/values-ingress.yaml');
  expect(ingress).toEqual({ gateway: kong });
});

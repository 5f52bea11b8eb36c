import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const read = (path: string): string =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly network_mode?: string;
  readonly ports?: readonly string[];
  readonly group_add?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly pids_limit?: number;
  readonly mem_limit?: string;
  readonly volumes?: readonly (string | { readonly source: string; readonly target: string })[];
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, ComposeService>>;
};
const service = (name: string): ComposeService => compose.services[name]!;
const conf = new Map(
  read('kong/kong.conf')
    .split('\n')
    .flatMap((line) => {
      const [, key, value] = /^(\w+) = (.*)$/.exec(line) ?? [];
      return key === undefined ? [] : [[key, value ?? ''] as const];
    }),
);

/** Where a container sees what is mounted, by source. */
function mounts(name: string): Map<string, string> {
  return new Map(
    (service(name).volumes ?? []).map((volume) => {
      if (typeof volume !== 'string') return [volume.source, volume.target];
      const [source = '', target = ''] = volume.split(':');
      return [source, target];
    }),
  );
}

describe('docker-compose.yml', () => {
  it('publishes ports on 127.0.0.1 only', () => {
    const ports = Object.values(compose.services).flatMap(({ ports: own = [] }) => own);
    expect(ports).not.toEqual([]);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('lets no container write, gain rights, or grow without bound', () => {
    expect(Object.keys(compose.services).length).toBeGreaterThan(5);
    for (const [name, one] of Object.entries(compose.services)) {
      expect(one, name).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        pids_limit: 256,
      });
      expect(one.mem_limit, name).toMatch(/^\d+[mg]$/);
    }
  });

  it('puts Kong, the plugin server and the demo servers on one loopback', () => {
    for (const name of ['kong', 'plugins', 'login', 'everything']) {
      expect(service(name).network_mode, name).toBe('service:network');
    }
  });

  it('starts Kong when the plugin server is healthy and the descriptions are in place', () => {
    expect(service('kong').depends_on).toMatchObject({
      plugins: { condition: 'service_healthy' },
      describe: { condition: 'service_completed_successfully' },
    });
  });

  it('runs the stock Kong image, with the same files as everybody else', () => {
    expect(service('kong').image).toBe('kong:3.9');
    expect(mounts('kong').get('./kong/kong.conf')).toBe('/etc/kong/kong.conf');
    expect(mounts('kong').get('./kong/kong.yml')).toBe(conf.get('declarative_config'));
  });

  it.each(['mcp_oauth', 'mcp_aggregate'])('puts socket and description where %s looks', (name) => {
    const socket = conf.get(`pluginserver_${name}_socket`)!;
    expect(service('plugins').command).toContain(socket);
    for (const container of ['kong', 'plugins']) {
      expect(socket.startsWith(`${mounts(container).get('run')}/`)).toBe(true);
    }
    const query = conf.get(`pluginserver_${name}_query_cmd`);
    expect(query).toBe(`cat ${mounts('kong').get('describe')}/${name.replace('_', '-')}.json`);
    expect(mounts('describe').get('describe')).toBe(mounts('kong').get('describe'));
  });

  it('lets Kong reach the socket by the group of the image, and no other way', () => {
    const [, group] = /groupadd --gid (\d+)/.exec(read('kong/Dockerfile')) ?? [];
    expect(service('kong').group_add).toEqual([group]);
    expect(service('plugins').command).toContain('0660');
    expect(read('kong/Dockerfile')).toMatch(/-m 0750 \/run\/kong-plugin-mcp /);
  });
});

it('both plugins of kong.conf share one socket and have no start command', () => {
  const sockets = [...conf].filter(([key]) => key.endsWith('_socket')).map(([, value]) => value);
  expect(sockets).toHaveLength(2);
  expect(new Set(sockets).size).toBe(1);
  expect([...conf.keys()].filter((key) => key.endsWith('_start_cmd'))).toEqual([]);
});

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { projectFile } from '../../support/project.js';

const read = (path: string): string => readFileSync(projectFile(path), 'utf8');

interface Plugin {
  readonly name: string;
  readonly config: {
    readonly resource: string;
    readonly authorization_servers: readonly string[];
    readonly required_scopes: readonly string[];
  };
}

interface Realm {
  readonly realm: string;
  readonly defaultDefaultClientScopes: readonly string[];
  readonly clientScopes: readonly {
    readonly name: string;
    readonly protocolMappers: readonly { readonly config: Readonly<Record<string, string>> }[];
  }[];
}

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      { readonly ports?: string[]; readonly volumes?: string[]; network_mode?: string }
    >
  >;
}

const realm = JSON.parse(read('examples/keycloak/realm.json')) as Realm;
const { services } = parse(read('examples/keycloak/kong.yml')) as {
  readonly services: readonly { readonly routes: readonly { readonly plugins: Plugin[] }[] }[];
};
const oauth = services[0]?.routes[0]?.plugins.find(({ name }) => name === 'mcp-oauth')?.config;
const overlay = parse(read('docker-compose.keycloak.yml')) as Compose;
const base = parse(read('docker-compose.yml'), { merge: true }) as Compose;

describe('examples/keycloak', () => {
  it('asks for the scope that carries the audience, which no token has unasked', () => {
    const [needed = ''] = oauth?.required_scopes ?? [];
    const scope = realm.clientScopes.find(({ name }) => name === needed);
    const audiences = scope?.protocolMappers.map(
      ({ config }) => config['included.custom.audience'],
    );
    expect(audiences).toContain(oauth?.resource);
    expect(realm.defaultDefaultClientScopes).not.toContain(needed);
  });

  it('never writes the audience into ID tokens', () => {
    const mappers = realm.clientScopes.flatMap(({ protocolMappers }) => protocolMappers);
    const audience = mappers.filter(({ config }) =>
      Object.keys(config).join().includes('audience'),
    );
    expect(audience.length).toBe(2);
    for (const { config } of audience) expect(config['id.token.claim']).toBe('false');
  });

  it('names the realm as issuer where docker-compose.keycloak.yml serves it', () => {
    const issuer = `http://127.0.0.1:8080/realms/${realm.realm}`;
    expect(oauth?.authorization_servers).toEqual([issuer]);
    expect(overlay.services['network']?.ports).toEqual(['127.0.0.1:8080:8080']);
    expect(overlay.services['keycloak']?.network_mode).toBe('service:network');
  });

  it('is mounted in place of the demo by docker-compose.keycloak.yml', () => {
    const mounts = (compose: Compose, name: string) =>
      (compose.services[name]?.volumes ?? [])
        .filter((volume) => typeof volume === 'string')
        .map((volume) => volume.split(':'));
    const target = mounts(base, 'kong').find(([source]) => source === './kong/kong.yml')?.[1];
    const [[source, replaced] = []] = mounts(overlay, 'kong');
    expect(replaced).toBe(target);
    const [[file] = []] = mounts(overlay, 'keycloak');
    for (const path of [source, file]) expect(existsSync(projectFile(path ?? '-'))).toBe(true);
  });
});

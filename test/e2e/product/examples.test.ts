import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Declarative, Gateway } from '../../support/gateway/gateway.js';
import { projectFile } from '../../support/project.js';
import { endpoint } from '../../support/rig/services.js';
import { rpc } from '../../support/rpc.js';

const home = mkdtempSync(join(tmpdir(), 'examples-'));
const isKong = process.env['KONG_BIN'] !== undefined;
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Configuration extends Declarative {
  readonly services: readonly {
    readonly routes: readonly {
      readonly paths: readonly [string, ...string[]];
      readonly plugins: readonly { readonly name: string }[];
    }[];
  }[];
}

function example(name: string): Configuration {
  return parse(readFileSync(projectFile(`examples/${name}`), 'utf8')) as Configuration;
}

/** Without what is Kong's own matter, consumers, keys, models, traces: the stand-in has none of it. */
function fitForStandin({ consumers: _, plugins: _all, ...document }: Configuration): Configuration {
  const services = document.services.map((service) => ({
    ...service,
    routes: service.routes.map((route) => ({
      ...route,
      plugins: route.plugins.filter(
        ({ name }) => !/^(?:key-auth|basic-auth|jwt|ai-proxy)$/.test(name),
      ),
    })),
  }));
  return { ...document, services };
}

const configurations = readdirSync(projectFile('examples'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yml') && !name.startsWith('prometheus'))
  .sort();

describe('examples', () => {
  let gateway: Gateway | undefined;
  afterAll(() => gateway?.stop());

  it('are found', () => {
    expect(configurations).toContain(join('keycloak', 'kong.yml'));
    expect(configurations.length).toBeGreaterThan(3);
  });

  it.each(configurations)(
    '%s is what a gateway serves, each route with its plugins',
    async (name) => {
      const document = example(name);
      const declarative = isKong ? document : fitForStandin(document);
      // One gateway for all of them, since each start takes its time.
      if (gateway === undefined) gateway = await startGateway({ declarative });
      else await gateway.reload(declarative);
      const serving = gateway;
      const paths = document.services.flatMap(({ routes }) =>
        routes.map((route) => route.paths[0]),
      );
      for (const path of paths) {
        // A configuration that a plugin refuses is answered 500.
        const { status } = await rpc(serving.at(path.replace(/^~|\$$/g, '')), 'ping');
        expect([200, 401, 403], path).toContain(status);
      }
    },
  );

  it('aggregate-only.yml lets in who has the key; the stand-in says that it has no keys', async () => {
    const starting = startGateway({ declarative: example('aggregate-only.yml') });
    if (!isKong) return expect(starting).rejects.toThrow(/consumers|key-auth/);
    await using gateway = await starting;
    const ping = (headers: Record<string, string>) =>
      rpc(gateway.at('/mcp'), 'ping', { headers }).then(({ status }) => status);
    expect(await ping({})).toBe(401);
    expect(await ping({ apikey: 'replace-this-key' })).toBe(200);
  });

  it('mcp-servers.json names servers that start', async () => {
    const servers = ['filesystem', 'memory'].map((name) => ({ name, stdio: name }));
    const service = endpoint({
      name: 'mcp',
      path: '/mcp',
      aggregate: { anonymous: true, servers },
    });
    await using gateway = await startGateway({
      declarative: { _format_version: '3.0', services: [service] },
      env: { KONG_MCP_STDIO_FILE: projectFile('examples/mcp-servers.json'), HOME: home },
    });
    const { message } = await rpc(gateway.at('/mcp'), 'tools/list');
    const names = (message?.result?.['tools'] as { readonly name: string }[]).map(
      ({ name }) => name,
    );
    expect(names).toContain('filesystem__read_text_file');
    expect(names).toContain('memory__create_entities');
  });
});

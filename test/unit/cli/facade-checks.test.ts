import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { providerCommand } from '../../../kong/cli/provider/provider-command.js';
import { validateCommand } from '../../../kong/cli/validate/validate-command.js';
import { providerNames } from '../../../schema/oauth/oauth-presets.js';
import { projectFile } from '../../support/project.js';
import { facadePathsOf } from '../../support/rig/facade-endpoint.js';

const folder = mkdtempSync(join(tmpdir(), 'facade-checks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Own {
  readonly facade?: object;
  readonly paths?: readonly string[];
  readonly plugins?: readonly object[];
}

function service(name: string, { facade, paths, plugins = [] }: Own): object {
  const config = {
    resource: `https://x.example/${name}`,
    authorization_servers: ['https://as.example'],
    required_scopes: ['mcp:tools'],
    facade: { client_id: 'shared', ...facade },
  };
  const route = {
    name,
    paths: paths ?? facadePathsOf(`/${name}`, true),
    plugins: [{ name: 'mcp-oauth', config }, ...plugins],
  };
  return { name, url: 'http://127.0.0.1:9', routes: [route] };
}

function file(...services: readonly object[]): string {
  const path = join(folder, 'kong.yml');
  writeFileSync(path, stringify({ _format_version: '3.0', services }));
  return path;
}

const validate = async (...services: readonly object[]) =>
  (await validateCommand([file(...services)])).output;

describe('kong-mcp validate on facades', () => {
  it('finds nothing in a good one', async () => {
    expect(await validate(service('a', { facade: { serve_root: true } }))).toContain(
      '0 errors, 0 warnings',
    );
    expect((await validateCommand([projectFile('examples/facade.yml')])).output).toContain(
      '0 errors, 0 warnings',
    );
  });

  it('finds paths that no Route holds', async () => {
    const output = await validate(
      service('a', { paths: ['~/a$', '~/\\.well-known/oauth-protected-resource/a$'] }),
    );
    for (const path of ['/a/token', '/.well-known/oauth-authorization-server/a']) {
      expect(output).toContain(`matches ${path}`);
    }
    expect(output).not.toContain('matches /token');
  });

  it('finds two that claim one root', async () => {
    const facade = { serve_root: true };
    const output = await validate(service('a', { facade }), service('b', { facade }));
    expect(output).toContain('2 endpoints claim the root of https://x.example');
    expect(await validate(service('a', { facade }), service('b', {}))).not.toContain('claim');
  });

  it('finds plugins that nobody can pass before the login', async () => {
    const plugins = [{ name: 'acl', config: { allow: ['staff'] } }];
    expect(await validate(service('a', { plugins }))).toContain('acl holds for the login too');
  });
});

describe('kong-mcp provider', () => {
  it.each(providerNames)('%s: says what to enter, all of it', async (provider) => {
    const redirect_uris = ['loopback', 'cursor://anysphere.cursor-mcp/oauth/callback'];
    const output = await providerCommand([
      file(service('a', { facade: { provider, redirect_uris } })),
    ]);
    for (const word of [
      `https://x.example/a: what to enter at https://as.example (${provider})`,
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'mcp:tools',
      'Audience',
      '~/a/token$',
      '~/\\.well-known/oauth-authorization-server/a$',
    ]) {
      expect(output).toContain(word);
    }
  });

  it('shows no secret', async () => {
    const facade = { client_secret: 'a secret to keep' };
    const output = await providerCommand([file(service('a', { facade }))]);
    expect(output).not.toContain('a secret to keep');
    expect(output).toContain('client_secret_post');
  });

  it('says what is wrong with a file', async () => {
    await expect(providerCommand([])).rejects.toThrow('FILE');
    await expect(providerCommand([join(folder, 'none.yml')])).rejects.toThrow('cannot be read');
    const wrong = service('a', { facade: { client_id: null } });
    await expect(providerCommand([file(wrong)])).rejects.toThrow('facade.client_id');
    const other = { name: 'x', url: 'http://127.0.0.1:9' };
    await expect(providerCommand([file(other)])).rejects.toThrow('no mcp-oauth with a facade');
  });
});

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { importCommand } from '../../../kong/cli/import/import-command.js';
import { parseMcpServers } from '../../../lib/mcp-servers/parse-document.js';

describe('kong-mcp import', () => {
  let folder: string;
  let out: string;
  const document = {
    mcpServers: {
      files: { command: 'npx', args: ['-y', 'server', '/data'], env: { A: '${A}' } },
      web: {
        type: 'http',
        url: 'https://web.example/mcp',
        headers: { Authorization: 'Bearer ${T}' },
      },
    },
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kong-mcp-'));
    out = join(folder, 'out');
    await writeFile(join(folder, 'mcp.json'), JSON.stringify(document));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const run = (...options: string[]) =>
    importCommand([join(folder, 'mcp.json'), '--out', out, ...options], {});
  const readYaml = async () => parse(await readFile(join(out, 'kong.yml'), 'utf8'));

  it('writes an endpoint that needs an identity, and says how to give it one', async () => {
    const text = await run();
    const { services } = await readYaml();
    const [route] = services[0].routes;
    expect(route).toMatchObject({ paths: ['~/mcp$'], strip_path: false });
    expect(route.plugins).toEqual([
      {
        name: 'mcp-aggregate',
        config: {
          servers: [
            { name: 'files', stdio: 'files' },
            {
              name: 'web',
              url: 'https://web.example/mcp',
              headers: { Authorization: '{vault://env/mcp_web_authorization}' },
            },
          ],
        },
      },
    ]);
    expect(services[0]).toMatchObject({ retries: 0, read_timeout: 3_600_000 });
    expect(text).toContain('export MCP_WEB_AUTHORIZATION="Bearer ${T}"');
    expect(text).not.toContain('nginx_main_env');
    expect(text).toMatch(/refused until the route has an authentication plugin/);
  });

  it('writes the operator file as the plugin server reads it, for its owner only', async () => {
    await run();
    const text = await readFile(join(out, 'mcp-servers.json'), 'utf8');
    expect(parseMcpServers(text).entries['files']).toEqual({
      kind: 'stdio',
      ...document.mcpServers.files,
    });
    for (const file of ['kong.yml', 'mcp-servers.json']) {
      expect((await stat(join(out, file))).mode & 0o777).toBe(0o600);
    }
  });

  it('protects the endpoint with mcp-oauth and holds its metadata path', async () => {
    await run(
      '--resource',
      'https://x.example/tools',
      '--authorization-server',
      'https://as.example',
    );
    const { services } = await readYaml();
    const [route] = services[0].routes;
    expect(route.paths).toEqual([
      '~/tools$',
      String.raw`~/\.well-known/oauth-protected-resource/tools$`,
    ]);
    expect(route.plugins[0]).toEqual({
      name: 'mcp-oauth',
      config: {
        resource: 'https://x.example/tools',
        authorization_servers: ['https://as.example'],
      },
    });
  });

  it('serves everyone only when asked, and warns', async () => {
    expect(await run('--anonymous')).toMatch(/anyone who reaches the route/);
    const { services } = await readYaml();
    expect(services[0].routes[0].plugins[0].config.anonymous).toBe(true);
  });

  it('never lets text of the document run in the shell it is pasted into', async () => {
    const headers = { A: '${X:-$(id)}`id`"; id #\\' };
    const hostile = { mcpServers: { web: { url: 'https://web.example/', headers } } };
    await writeFile(join(folder, 'mcp.json'), JSON.stringify(hostile));
    expect(await run()).toContain('export MCP_WEB_A="${X:-\\$(id)}\\`id\\`\\"; id #\\\\"');
  });

  it('replaces files only when told to', async () => {
    await run();
    await expect(run()).rejects.toThrow(/kong\.yml exists already; --force/);
    await expect(run('--force')).resolves.toContain('Wrote');
  });

  it.each([
    [['--resource', 'https://x.example/mcp'], /goes together with --authorization-server/],
    [['--resource', 'x', '--authorization-server', 'https://a.example'], /--resource: must be/],
    [
      ['--resource', 'http://x.example/mcp', '--authorization-server', 'https://a.example'],
      /--resource: must use https/,
    ],
    [
      ['--resource', 'https://x.example/mcp', '--authorization-server', 'http://a.example'],
      /--authorization-server: must use https/,
    ],
    [
      ['--anonymous', '--resource', 'https://x.example/', '--authorization-server', 'https://a.x/'],
      /cannot be combined/,
    ],
  ])('refuses %j', async (options, message) => {
    await expect(run(...options)).rejects.toThrow(message);
  });

  it('refuses a document without any server it could import, with the reasons', async () => {
    const text = '{"mcpServers":{"old":{"type":"pigeon","url":"http://x/"}}}';
    await writeFile(join(folder, 'mcp.json'), text);
    await expect(run()).rejects.toThrow(
      /no server that can be imported\n {2}old is left out: old\.type: is none of/,
    );
    await expect(importCommand(['nowhere.json'], {})).rejects.toThrow(/nowhere\.json .*ENOENT/);
    await expect(importCommand([], {})).rejects.toThrow('FILE: name one document');
  });
});

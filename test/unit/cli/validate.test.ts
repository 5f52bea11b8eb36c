import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { validateCommand } from '../../../kong/cli/validate/validate-command.js';
import type { Finding } from '../../../kong/cli/validate/finding.js';
import { fewerCalls } from '../../../kong/direct/fewer-calls.js';
import { directPlugins, fewerCallsPlugins } from '../../../kong/direct/plugins.js';
import { projectFile } from '../../support/project.js';

const folder = mkdtempSync(join(tmpdir(), 'validate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const metadata = '~/\\.well-known/oauth-protected-resource/mcp$';
const oauth = { resource: 'https://x.example/mcp', authorization_servers: ['https://as.example'] };

interface Parts {
  readonly oauth?: object | null;
  readonly aggregate?: object;
  readonly service?: object;
  readonly route?: object;
  readonly plugins?: readonly object[];
}

function kongYml(parts: Parts = {}): object {
  const { aggregate = { servers: [{ name: 'a', url: 'https://s.example/mcp' }] } } = parts;
  const lock =
    parts.oauth === null ? [] : [{ name: 'mcp-oauth', config: { ...oauth, ...parts.oauth } }];
  const plugins = [
    ...lock,
    { name: 'mcp-aggregate', config: aggregate },
    ...(parts.plugins ?? fewerCallsPlugins),
  ];
  const route = { name: 'mcp', paths: ['~/mcp$', metadata], ...parts.route, plugins };
  const service = { name: 's', url: 'http://127.0.0.1:9', retries: 0, read_timeout: 3_600_000 };
  return { _format_version: '3.0', services: [{ ...service, ...parts.service, routes: [route] }] };
}

async function validate(documents: Readonly<Record<string, object | string>>, ...flags: string[]) {
  const files = Object.entries(documents).map(([name, document]) => {
    const file = join(folder, name);
    writeFileSync(file, typeof document === 'string' ? document : stringify(document));
    return file;
  });
  const { output, code } = await validateCommand([...files, '--json', ...flags]);
  const { findings } = JSON.parse(output) as { findings: Finding[] };
  return { code, findings };
}

const of = async (parts: Parts) => validate({ 'kong.yml': kongYml(parts) });

describe('kong-mcp validate', () => {
  it('finds nothing in a good file', async () => {
    expect(await of({})).toEqual({ code: 0, findings: [] });
  });

  it.each([
    'kong/kong.yml',
    'examples/aggregate-only.yml',
    'examples/oauth-only.yml',
    'examples/direct.yml',
  ])('finds no error in %s', async (path) => {
    const { code, output } = await validateCommand([projectFile(path)]);
    expect([code, output]).toEqual([0, expect.stringContaining('0 errors, 0 warnings')]);
  });

  it.each<[string, Parts, Partial<Finding>]>([
    [
      'Kong’s schema rules',
      { oauth: { resource: 'http://x.example/mcp' } },
      {
        level: 'error',
        place: 'services[1].routes[1].plugins[1].config.resource',
        message: 'must use https; http is for localhost, 127.0.0.0/8 and [::1] only',
      },
    ],
    [
      'rules between fields',
      { oauth: { introspection_endpoint: 'https://as.example/i', client_secret: 's' } },
      { level: 'error', message: 'introspection_endpoint needs client_id' },
    ],
    [
      'rules of the plugin alone',
      {
        aggregate: {
          servers: ['a', 'b'].map((url) => ({ name: 'x', url: `https://${url}.example` })),
        },
      },
      { level: 'error', message: 'servers: two are named x' },
    ],
    [
      'a vault reference in the midst of a value',
      {
        aggregate: {
          servers: [
            { name: 'a', url: 'https://s.example', headers: { A: 'Bearer {vault://env/x}' } },
          ],
        },
      },
      { level: 'error', message: expect.stringContaining('must be the whole value') as string },
    ],
    [
      'a route without the metadata address',
      { route: { paths: ['~/mcp$'] } },
      { level: 'error', mend: `add to its paths: ${metadata}` },
    ],
    [
      'a route without the endpoint',
      { route: { paths: [metadata] } },
      { level: 'error', mend: 'add to its paths: ~/mcp$' },
    ],
    [
      'a route that lets no GET through',
      { route: { methods: ['POST'] } },
      { level: 'error', mend: 'add GET to its methods, or leave methods out' },
    ],
    [
      'retries',
      { service: { retries: 5 } },
      { level: 'warning', mend: 'on the Service: retries: 0' },
    ],
    [
      'a Service that gives up first',
      { service: { read_timeout: 60_000 } },
      { level: 'warning', mend: 'on the Service: read_timeout: 3600000' },
    ],
    [
      'a door without a lock',
      { oauth: null },
      { level: 'warning', message: expect.stringContaining('403') as string },
    ],
    [
      'tokens that are handed on',
      { oauth: { passthrough_credentials: true } },
      { level: 'error', mend: 'take out passthrough_credentials' },
    ],
    [
      'a route server that leads nowhere',
      { aggregate: { servers: [{ name: 'a', route: { path: '/inner' } }] } },
      { level: 'warning', message: expect.stringContaining('matches /inner') as string },
    ],
  ])('finds %s, with its line', async (_title, parts, expected) => {
    const { code, findings } = await of(parts);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ line: expect.any(Number) as number, ...expected });
    expect(code).toBe(expected.level === 'error' ? 1 : 0);
  });

  it('takes vault references, secrets whose form the plugin checks too, and names their variables', async () => {
    const reference = '{vault://env/the-secret}';
    const { code, findings } = await of({
      oauth: {
        introspection_endpoint: 'https://as.example/i',
        client_id: 'c',
        client_auth: 'private_key_jwt',
        client_jwk: reference,
        ca_certificates: reference,
      },
    });
    expect(code).toBe(0);
    expect(findings.map(({ level, message }) => `${level}: ${message}`)).toEqual(
      Array(2).fill('note: Kong’s environment must hold THE_SECRET'),
    );
  });

  it('says where the function for fewer calls is missing or of another version', async () => {
    const texts = async (access: readonly string[]) => {
      const plugins = [{ name: 'pre-function', config: { access } }];
      const { findings } = await of({ plugins });
      return findings.map(({ level, mend }) => `${level}: ${mend}`);
    };
    const absent = 'note: add what `kong-mcp functions` prints: docs/fewer-calls.md';
    expect(await texts(['return function() end'])).toEqual([absent]);
    expect(await texts(['return function() end', fewerCalls])).toEqual([]);
    expect(await texts([fewerCalls.replace('calls, 1', 'calls, 0')])).toContain(
      'warning: put what `kong-mcp functions` prints in its place',
    );
  });

  it('says of a route with one of our plugins that it is missing, and not of an internal one', async () => {
    const lacks = async (parts: Parts) => {
      const { code, findings } = await of({ plugins: [], ...parts });
      expect([code, findings.filter(({ level }) => level === 'error')]).toEqual([0, []]);
      return findings.filter(({ message }) => message.includes('lacks the function'));
    };
    expect(await lacks({})).toHaveLength(1);
    expect(await lacks({ oauth: null })).toHaveLength(1);
    expect(await lacks({ aggregate: { mode: 'internal' }, oauth: null })).toEqual([]);
  });

  it.each<[string, string, readonly string[]]>([
    ['lacks what the function needs', 'plugins = bundled\n', ['= setmetatable']],
    [
      'gives functions other things',
      'untrusted_lua_sandbox_environment = os.time, string\n',
      ['= os.time,string,setmetatable'],
    ],
    ['runs no functions', 'untrusted_lua = off # none\n', ['untrusted_lua = sandbox']],
    ['has it', 'untrusted_lua_sandbox_environment = os.time,setmetatable\n', []],
    ['bounds no functions', 'untrusted_lua = on\n', []],
  ])('looks into a kong.conf that %s', async (_what, text, mends) => {
    const { code, findings } = await validate({ 'kong.conf': text }, '--strict');
    expect([code, findings.map(({ level }) => level)]).toEqual([0, mends.map(() => 'note')]);
    for (const [n, mend] of mends.entries()) expect(findings[n]?.mend).toContain(mend);
  });

  it('says why calls are not direct, and what would make them so', async () => {
    const aggregate = { servers: [{ name: 'a', url: 'http://s.example/mcp', direct: true }] };
    const texts = async (parts: Parts) =>
      (await of({ aggregate, ...parts })).findings.map(
        ({ level, message }) => `${level}: ${message}`,
      );
    const held = 'note: route mcp holds back what servers stream in direct answers';
    const phases = 'pre-function.access, pre-function.header_filter, pre-function.body_filter';
    expect(await texts({})).toEqual([
      `warning: calls to a are not direct: route mcp lacks ${phases}, pre-function.log, post-function.access of this version`,
      held,
    ]);
    expect(await texts({ plugins: directPlugins })).toEqual([held]);
    const route = { response_buffering: false };
    expect(await texts({ plugins: directPlugins, route })).toEqual([]);
    const [pre, post] = directPlugins;
    const own = {
      ...pre,
      config: { ...pre.config, log: ['-- of the operator', ...pre.config['log']!] },
    };
    expect(await texts({ plugins: [own, post], route })).toEqual([]);
    const old = { ...post, config: { access: [`${post.config['access']![0]!}-- old`] } };
    expect((await texts({ plugins: [pre, old], route }))[0]).toContain(
      'lacks post-function.access',
    );
  });

  it('looks whether the operator’s file has the commands that servers name', async () => {
    const aggregate = { servers: [{ name: 'a', stdio: 'files' }] };
    const kong = { 'kong.yml': kongYml({ aggregate }) };
    expect((await validate(kong)).findings).toEqual([]);
    const one = { mcpServers: { files: { command: 'true' } } };
    expect((await validate({ ...kong, 'a.json': JSON.stringify(one) })).findings).toEqual([]);
    const other = { mcpServers: { others: { command: 'true' } } };
    const { code, findings } = await validate({ ...kong, 'b.json': JSON.stringify(other) });
    expect(code).toBe(1);
    expect(findings[0]?.message).toContain('no mcpServers file given here has a command files');
  });

  it('names entries of an mcpServers document that cannot be used', async () => {
    const document = { mcpServers: { good: { command: 'true' }, bad: { args: [] } } };
    const { code, findings } = await validate({ 'mcp.json': JSON.stringify(document) });
    expect([code, findings]).toMatchObject([1, [{ level: 'error', place: 'bad' }]]);
  });

  it('names the line where a file is no YAML, and fails for warnings where asked to', async () => {
    const broken = await validate({ 'kong.yml': '_format_version: "3.0"\nservices: [' });
    expect([broken.code, broken.findings[0]?.place]).toEqual([1, 'YAML']);
    const warned = { 'kong.yml': kongYml({ service: { retries: 1 } }) };
    expect((await validate(warned, '--strict')).code).toBe(1);
    await expect(validateCommand([])).rejects.toThrow('FILE: name at least one');
    await expect(validateCommand(['/nowhere.yml'])).rejects.toThrow('cannot be read (ENOENT)');
  });
});

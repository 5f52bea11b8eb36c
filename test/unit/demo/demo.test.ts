import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { demoConfiguration } from '../../../kong/demo/declarative.js';
import { exampleCall } from '../../../kong/demo/example-call.js';
import { readDemoOptions } from '../../../kong/demo/options.js';
import { ownSources } from '../../../kong/demo/servers/sources.js';
import { serverEvent } from '../../../kong/demo/servers/server-events.js';
import { ServerWatch } from '../../../kong/demo/servers/server-watch.js';

const kong = join(import.meta.dirname, '../../../kong');
const places = {
  pages: [],
  gateway: 'http://127.0.0.1:1234',
  issuer: 'http://127.0.0.1:2345',
  logs: '/srv/logs',
  everything: 'http://127.0.0.1:3456/mcp',
  servers: undefined,
};

describe('the options of npm start', () => {
  it('have ports by default, the login 1000 above the gateway', () => {
    expect(readDemoOptions([], {})).toEqual({
      port: 8000,
      authPort: 9000,
      source: undefined,
      timeoutMs: undefined,
    });
    expect(readDemoOptions(['--port', '8100'], {})).toMatchObject({ port: 8100, authPort: 9100 });
    expect(readDemoOptions(['--port', '65000'], {})).toMatchObject({ authPort: 64_000 });
  });

  it('come from the environment too, which the command line overrides', () => {
    const env = { MCP_DEMO_PORT: '8200', MCP_DEMO_AUTH_PORT: '8201' };
    expect(readDemoOptions([], env)).toMatchObject({ port: 8200, authPort: 8201 });
    expect(readDemoOptions(['--port', '8300'], env)).toMatchObject({ port: 8300, authPort: 8201 });
  });

  it('take a document as a file or as text', () => {
    expect(readDemoOptions(['--mcp-config', 'a.json'], {})).toMatchObject({
      source: { file: 'a.json' },
    });
    expect(readDemoOptions(['--mcp-json', '{}'], {})).toMatchObject({ source: { text: '{}' } });
    expect(readDemoOptions(['--help'], {})).toBe('help');
    expect(readDemoOptions(['-h'], {})).toBe('help');
    expect(readDemoOptions(['--version'], {})).toBe('version');
  });

  it.each([
    [['--port', '0'], /--port: must be a port number/],
    [['--port', '80x'], /--port: must be a port number/],
    [['--auth-port', '65536'], /--auth-port: must be/],
    [['--port', '9000', '--auth-port', '9000'], /--auth-port: must differ/],
    [['--mcp-config', 'a', '--mcp-json', 'b'], /cannot be combined/],
    [['--prot', '1'], /--prot/],
    [['extra'], /extra/],
  ])('refuse %j', (args, message) => {
    expect(() => readDemoOptions(args, {})).toThrow(message);
  });
});

describe('the configuration of npm start', () => {
  it('is the kong.yml of the compose file with this run’s addresses, and nothing else changed', async () => {
    const original = await readFile(join(kong, 'kong.yml'), 'utf8');
    const made = demoConfiguration(original, places);
    expect(made.resources).toEqual(['http://127.0.0.1:1234/mcp']);
    expect(made.scopes).toEqual(['mcp:tools']);
    expect(made.servers).toContainEqual({ name: 'everything', prefix: 'everything__' });
    const restored = made.text
      .replaceAll(places.gateway, 'http://127.0.0.1:8000')
      .replaceAll(places.issuer, 'http://127.0.0.1:9000')
      .replaceAll(places.everything, 'http://127.0.0.1:3001/mcp')
      .replaceAll('/srv/logs/requests.log', '/dev/stdout');
    expect(restored).not.toBe(made.text);
    expect(parse(restored)).toEqual(parse(original));
  });

  it('lets pages of further origins call the endpoint, in every plugin that asks', async () => {
    const original = await readFile(join(kong, 'kong.yml'), 'utf8');
    const page = 'http://127.0.0.1:4321';
    const { services } = parse(demoConfiguration(original, { ...places, pages: [page] }).text);
    const plugins = services[0].routes[0].plugins as { config: Record<string, string[]> }[];
    const lists = plugins.flatMap(({ config }) => {
      const origins = config['origins'] ?? config['allowed_origins'];
      return origins === undefined ? [] : [origins];
    });
    expect(lists).toHaveLength(3);
    for (const origins of lists) expect(origins).toContain(page);
  });

  it('puts other servers in place of those of the file', async () => {
    const original = await readFile(join(kong, 'kong.yml'), 'utf8');
    const made = demoConfiguration(original, {
      ...places,
      servers: [{ name: 'own', stdio: 'own' }],
    });
    expect(made.servers).toEqual([{ name: 'own', prefix: 'own__' }]);
    expect(made.text).not.toContain(places.everything);
  });
});

describe('the call that npm start suggests', () => {
  const dump = { name: 'own__dump_environment', inputSchema: {} };
  const unsure = { name: 'own__status', annotations: {} };
  const reads = { name: 'own__read', annotations: { readOnlyHint: true } };
  const asks = { ...reads, name: 'own__ask', inputSchema: { required: ['q'] } };

  it('is, on servers of the user, only one that says that it reads only', () => {
    expect(exampleCall([dump, unsure, asks], true)).toBeUndefined();
    expect(exampleCall([dump, asks, reads], true)).toEqual({ tool: 'own__read', args: [] });
    const echo = { name: 'everything__echo' };
    expect(exampleCall([echo], true)).toBeUndefined();
    expect(exampleCall([dump, echo], false)?.tool).toBe('everything__echo');
  });
});

describe('what npm start says of servers', () => {
  it('is when one goes down, with its last words, and when it is back', () => {
    const said: string[] = [];
    const watch = new ServerWatch((text) => said.push(text));
    const tell = (event: string, fields: object) =>
      watch.take(JSON.stringify({ level: 'info', event, server: 'a', ...fields }));
    for (const text of ['1', '2', 'no module\u001b[31m', 'bye']) tell('stdio_stderr', { text });
    tell('upstream_failing', { reason: 'it ended' });
    tell('upstream_failing', { reason: 'it ended' });
    tell('upstream_ready', {});
    expect(said).toEqual([
      'server a is down: it ended\n      2\n      no module[31m\n      bye; the others go on',
      'server a is back',
    ]);
  });

  it('learns where the operations listener is', () => {
    const watch = new ServerWatch(() => undefined);
    watch.take('{"event":"operations_listening","host":"127.0.0.1","port":1234}');
    watch.take('{"event":"operations_listening"');
    expect(watch.operationsPort).toBe(1234);
  });
});

describe('what the log says of a server', () => {
  const line = (event: string, fields: object) =>
    JSON.stringify({ level: 'warn', event, ...fields });

  it('is told where it is down, or back', () => {
    const failing = line('upstream_failing', { server: 'a', reason: 'it ended' });
    expect(serverEvent(failing)).toEqual({ server: 'a', up: false, reason: 'it ended' });
    expect(serverEvent(line('upstream_ready', { server: 'a' }))).toMatchObject({ up: true });
    expect(serverEvent(line('server_unusable', { server: 'a' }))).toMatchObject({ up: false });
  });

  it('is nothing in any other line', () => {
    expect(serverEvent(line('upstream_not_closed', { server: 'a' }))).toBeUndefined();
    expect(serverEvent('{"event":"upstream_failing"')).toBeUndefined();
    expect(serverEvent('text "upstream_failing"')).toBeUndefined();
  });

  it('has the names the plugin uses', async () => {
    const folder = join(kong, '../plugins/mcp-aggregate');
    const names = await readdir(folder, { recursive: true });
    const sources = names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
    const text = (await Promise.all(sources.map((path) => readFile(path, 'utf8')))).join('');
    for (const event of ['upstream_failing', 'upstream_ready', 'server_unusable']) {
      expect(text).toContain(`'${event}'`);
    }
  });
});

describe('--timeout of npm start', () => {
  const mine = ['--mcp-json', '{}'];

  it.each([
    ['0.1', 100],
    ['70', 70_000],
    ['3600', 3_600_000],
  ])('%s is %i milliseconds', (text, timeoutMs) => {
    expect(readDemoOptions([...mine, '--timeout', text], {})).toMatchObject({ timeoutMs });
  });

  it.each(['0', '0.05', '3601', '-1', '1e3', '', 'a minute'])('%j is refused', (text) => {
    expect(() => readDemoOptions([...mine, `--timeout=${text}`], {})).toThrow(
      '--timeout: must be a number of seconds from 0.1 to 3600',
    );
  });

  it('is refused without servers of the user', () => {
    expect(() => readDemoOptions(['--timeout', '70'], {})).toThrow('--timeout: goes with');
  });

  it('holds for each server whose entry says nothing else', async () => {
    const text = JSON.stringify({
      mcpServers: {
        child: { command: 'c' },
        far: { url: 'https://mcp.example/mcp' },
        slow: { command: 'c', timeout: 300_000 },
      },
    });
    const { servers } = await ownSources({ text }, {}, '/', 70_000);
    expect(servers?.map(({ name, timeout }) => [name, timeout])).toEqual([
      ['child', 70_000],
      ['far', 70_000],
      ['slow', 300_000],
    ]);
    const without = await ownSources({ text }, {}, '/');
    expect(without.servers?.map(({ timeout }) => timeout)).toEqual([undefined, undefined, 300_000]);
  });
});

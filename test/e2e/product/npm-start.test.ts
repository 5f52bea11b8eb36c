import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HeadlessOAuthProvider, login } from '../../support/authorization-server/oauth-client.js';
import { alive, commandLine, listeners, socketInodes } from '../../support/demo/proc.js';
import { RunningDemo, root, startDemo } from '../../support/demo/running-demo.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const sh = promisify(execFile);

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

describe('npm start', () => {
  let demo: RunningDemo;

  beforeAll(async () => {
    demo = await startDemo();
    await demo.ready();
  });
  afterAll(async () => {
    await demo.end();
  });

  it('prints nothing but what a user needs', () => {
    expect(demo.process.stdout.replace(/^still waiting for .*\n/gm, '')).toMatch(
      /^Ready in \d+\.\d s: \d+ tools of 4 servers/,
    );
    expect(demo.process.stdout).toContain(`claude mcp add --transport http kong ${demo.endpoint}`);
    expect(demo.process.stderr).toBe('');
  });

  it('prints a curl that lists the tools of all servers', async () => {
    const { stdout } = await sh('sh', ['-c', demo.line('curl')]);
    const names = stdout.trim().split('\n');
    expect(names).toContain('"name":"everything__echo"');
    expect(names).toContain('"name":"filesystem__read_text_file"');
    expect(names).toContain('"name":"memory__read_graph"');
    expect(names).toContain('"name":"shop__listProducts"');
    expect(names.every((line) => /^"name":"\w+__[\w-]+"$/.test(line))).toBe(true);
  });

  it('prints where operators look', async () => {
    const address = /http:\S+\/status/.exec(demo.process.stdout)?.[0] ?? '';
    expect(await (await fetch(address)).text()).toContain('everything');
  });

  it('prints where the console is; the root of the authorization server says so, too', async () => {
    const address = /http:\S+\/console/.exec(demo.process.stdout)?.[0] ?? 'no address';
    expect(await (await fetch(address)).text()).toContain('<title>MCP gateway console</title>');
    const playground = /http:\S+\/playground/.exec(demo.process.stdout)?.[0] ?? 'no address';
    expect(await (await fetch(playground)).text()).toContain(
      '<title>MCP gateway playground</title>',
    );
    const settings = await (await fetch(`${playground}/settings`)).json();
    const issuer = `http://127.0.0.1:${demo.authPort}`;
    expect(settings).toEqual({ endpoints: [demo.endpoint], logins: [{ issuer, also: [] }] });
    const home = await (await fetch(`${issuer}/`)).text();
    expect(home).toContain('Demo authorization server');
    for (const link of [address, playground, demo.endpoint]) expect(home).toContain(link);
  });

  it('lets the playground’s page call the endpoint, in the browser of whoever logs in', async () => {
    const playground = /http:\S+\/playground/.exec(demo.process.stdout)?.[0] ?? 'no address';
    const { origin } = new URL(playground);
    const preflight = await fetch(demo.endpoint, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    const headers = { origin, 'content-type': 'application/json' };
    const asked = await fetch(demo.endpoint, { method: 'POST', headers, body: '{}' });
    // Of the login it is told, not that its origin is not allowed.
    expect(asked.status).toBe(401);
  });

  it('prints an Inspector line that calls a tool', async () => {
    const { stdout } = await sh(
      'sh',
      ['-c', demo.line('npx @modelcontextprotocol/inspector --cli')],
      { cwd: root },
    );
    expect(JSON.parse(stdout)).toMatchObject({ content: [{ type: 'text', text: 'Echo: hello' }] });
  });

  it('reaches the servers over stdio, each in its own demo folder', async () => {
    const path = join(demo.folder, 'files/hello.txt');
    expect(await demo.call('filesystem__read_text_file', { path })).toContain('behind Kong');
    const entities = [{ name: 'Demo', entityType: 'thing', observations: ['seen'] }];
    await demo.call('memory__create_entities', { entities });
    expect(readFileSync(join(demo.folder, 'memory.jsonl'), 'utf8')).toContain('"Demo"');
  });

  it('lets a client log in through the sign-in page', async () => {
    const token = await login(new HeadlessOAuthProvider('carol'), demo.endpoint);
    expect(await demo.call('everything__echo', { message: 'hi' }, token)).toContain('Echo: hi');
    const refused = await demo.call('everything__echo', {}, `${token}x`);
    expect(refused).not.toContain('result');
  });

  it('listens on loopback only, its demo servers included', () => {
    const inodes = demo.processes().flatMap((pid) => socketInodes(pid));
    const listening = ['tcp', 'tcp6'].flatMap((family) => listeners(family, new Set(inodes)));
    expect(listening.length).toBeGreaterThanOrEqual(4);
    expect(listening.filter((address) => address !== '0100007F')).toEqual([]);
  });

  it('names a server that dies, and goes on with the others', async () => {
    const everything = demo.processes().find((pid) => commandLine(pid).includes('streamableHttp'));
    process.kill(everything!, 'SIGKILL');
    await until(() => /^everything has ended \(SIGKILL\)/m.test(demo.process.stdout), {
      what: 'the death is told',
    });
    expect(await demo.call('everything__echo', { message: 'x' })).toContain('everything');
    expect(await demo.call('memory__read_graph', {})).toContain('entities');
    const memory = demo.processes().find((pid) => commandLine(pid).includes('server-memory'));
    process.kill(memory!, 'SIGKILL');
    await until(() => /^server memory is down/m.test(demo.process.stdout), {
      what: 'the death of a child process is told',
    });
  });

  it('keeps the token out of every file', () => {
    const texts = filesBelow(demo.folder);
    expect(texts.length).toBeGreaterThan(5);
    expect(texts.filter((text) => text.includes(demo.token))).toEqual([]);
  });

  it('refuses a port in use, naming it and what takes another', async () => {
    const second = new RunningDemo(demo.port, await freePort(), []);
    expect(await second.process.exited).toBe(1);
    expect(second.process.stderr).toMatch(
      new RegExp(`port ${demo.port} is in use; choose another: npm start -- --port \\d+`),
    );
    const other = createServer().listen(0, '127.0.0.1');
    const third = new RunningDemo(await freePort(), (other.address() as { port: number }).port, []);
    expect(await third.process.exited).toBe(1);
    expect(third.process.stderr).toMatch(/is in use; choose another: npm start -- --auth-port \d+/);
    other.close();
  });

  it('ends everything it started on Ctrl-C', async () => {
    const processes = demo.processes();
    expect(processes.length).toBeGreaterThanOrEqual(4);
    expect([0, 130, 'SIGINT']).toContain(await demo.interrupt());
    await until(() => processes.every((pid) => !alive(pid)), { what: 'every process has ended' });
    expect(readdirSync(demo.folder).sort()).toEqual(['files', 'logs', 'memory.jsonl']);
    expect(demo.process.stdout).toContain(`Kept in .demo/${demo.port}`);
    await expect(fetch(demo.endpoint)).rejects.toThrow();
  });
});

describe('npm start with servers of your own', () => {
  let demo: RunningDemo | undefined;
  let upstream: HttpFixture | undefined;

  afterEach(async () => {
    await demo?.end();
    await upstream?.close();
  });

  it('puts a standard mcpServers document behind the endpoint, secrets from the environment', async () => {
    const secret = 'upstream-secret-4711';
    upstream = await startHttpFixture();
    upstream.on('tools/list', (arrived, response) => {
      const ping = { name: 'ping', inputSchema: { type: 'object' } };
      const annotations = { readOnlyHint: true };
      const tools = [ping, { ...ping, name: 'look', annotations }];
      answer(arrived, response, JSON.stringify({ tools }));
    });
    const headers = { Authorization: 'Bearer ${DEMO_UPSTREAM_TOKEN}' };
    const memory = {
      command: 'node',
      args: [join(root, 'node_modules/@modelcontextprotocol/server-memory/dist/index.js')],
      env: { MEMORY_FILE_PATH: '${DEMO_MEMORY}' },
    };
    const old = { type: 'pigeon', url: 'http://127.0.0.1:9/sse' };
    const document = { mcpServers: { web: { url: upstream.url, headers }, memory, old } };
    const env = { DEMO_UPSTREAM_TOKEN: secret, DEMO_MEMORY: join(root, '.demo', 'own.jsonl') };
    demo = await startDemo(['--mcp-json', JSON.stringify(document)], env);
    const text = await demo.ready();
    expect(text).toContain('of 2 servers (web, memory)');
    expect(text).toMatch(/^Note: old is left out: old\.type: is none of/m);
    expect(await demo.call('memory__read_graph', {})).toContain('entities');
    expect(text).toContain('--tool-name web__look');
    const seen = upstream.arrived.map((one) => one.headers['authorization']);
    expect(new Set(seen)).toEqual(new Set([`Bearer ${secret}`]));
    expect(filesBelow(demo.folder).filter((file) => file.includes(secret))).toEqual([]);
    expect(text).not.toContain(secret);
  });

  it('leaves nothing behind when it is killed', async () => {
    demo = await startDemo(['--mcp-json', '{"mcpServers":{"own":{"command":"cat"}}}']);
    const started = demo;
    await until(() => started.processes().some((pid) => commandLine(pid).includes('standin')), {
      what: 'the gateway is started',
    });
    const processes = started.processes();
    const main = processes.find((pid) => commandLine(pid).startsWith('node\0kong/demo/start.mjs'));
    process.kill(main!, 'SIGKILL');
    await until(() => !processes.some(alive), { what: 'every process has ended' });
  });

  it('suggests no call where no tool says that it only reads, and announces a slow server', async () => {
    const script = `setTimeout(() => import(${JSON.stringify(join(root, 'node_modules/@modelcontextprotocol/server-memory/dist/index.js'))}), 8000)`;
    const slow = { command: 'node', args: ['--eval', script] };
    const says = 'console.error("no such module"); process.exit(3)';
    const broken = { command: 'node', args: ['--eval', says] };
    demo = await startDemo(['--mcp-json', JSON.stringify({ mcpServers: { slow, broken } })]);
    const text = await demo.ready();
    expect(text).toContain('slow is still starting');
    expect(text).toMatch(/broken is down: [^]*no such module/);
    expect(text).not.toContain('--method tools/call');
    const started = demo.process;
    await until(() => /^server slow is there: 9 tools$/m.test(started.stdout), {
      what: 'the slow server is announced',
    });
  });

  it('answers questions about itself without building or starting anything', async () => {
    demo = await startDemo(['--version']);
    expect(await demo.process.exited).toBe(0);
    expect(demo.process.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('names what is missing in the document', async () => {
    const file = join(root, '.demo', 'broken.json');
    mkdirSync(join(root, '.demo'), { recursive: true });
    writeFileSync(file, '{"mcpServers":{"web":{"url":"http://127.0.0.1:9/${NOT_SET_ANYWHERE}"}}}');
    demo = await startDemo(['--mcp-config', file]);
    expect(await demo.process.exited).toBe(1);
    expect(demo.process.stderr).toContain('the variable NOT_SET_ANYWHERE is not set');
    rmSync(file);
  });
});

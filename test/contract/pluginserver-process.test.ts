import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { KongWorker } from '../support/kong-socket/kong-worker.js';
import { workersOfRun } from '../support/workers.js';
import { pluginsDirectory } from '../support/kong-socket/plugins-directory.js';
import { ServerProcess, socketFolder } from '../support/kong-socket/server-process.js';

const folder = socketFolder();
const plugins = pluginsDirectory(['probe']);
let path: string;
let count = 0;

beforeEach(() => {
  count += 1;
  path = `${folder.path}/${count}.sock`;
});

afterAll(() => {
  folder.remove();
  plugins.remove();
});

const started = (...args: string[]) => ServerProcess.listening(path, plugins.path, ...args);

async function refusal(args: readonly string[], env = {}): Promise<[number | null, string]> {
  const server = new ServerProcess(args, env);
  const code = await server.exit;
  expect(server.stdout).toBe('');
  return [code, server.stderr];
}

describe('a started server', () => {
  test('writes nothing to stdout, whatever plugins and libraries print', async () => {
    const server = await started();
    const kong = new KongWorker(path);
    for (const mode of ['chatter', 'throw', 'exit']) await kong.request('probe', { mode });
    kong.close();
    expect(await server.stop()).toBe(0);
    expect(server.stdout).toBe('');
    expect(server.stderr).toContain('library chatter');
  });

  test('writes JSON lines alone to stderr: what is printed, and what Node warns of', async () => {
    const prints = pluginsDirectory([], {
      printing: `
        console.error('two\\nlines');
        process.emitWarning('of something', 'SomeWarning');
        export class Plugin {}
        export const Version = '1'; export const Priority = 1; export const Name = 'printing';
        export const Schema = [];
      `,
    });
    const server = await ServerProcess.listening(path, prints.path);
    await server.saw('SomeWarning');
    expect(await server.stop()).toBe(0);
    prints.remove();
    const lines = server.stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(expect.objectContaining({ event: 'printed', text: 'two\nlines' }));
    const message = 'of something';
    expect(lines).toContainEqual(expect.objectContaining({ event: 'node_warning', message }));
  });

  test('needs at most 120 MB', async () => {
    const server = await started();
    expect(server.usage().rssMb).toBeLessThanOrEqual(120);
    await server.stop();
  });

  test('marks itself for plugins as the host that fails closed', async () => {
    const server = await started();
    expect(server.stderr).toContain('probe: host protobuf');
    await server.stop();
  });

  test.runIf(workersOfRun === 1)(
    'ends with an error when something fails that nobody waits for',
    async () => {
      const server = await started();
      const kong = new KongWorker(path);
      await kong.request('probe', { mode: 'unhandled' }).catch(() => undefined);
      expect(await server.exit).toBe(1);
      expect(server.stderr).toContain('nobody waits for this');
      kong.close();
    },
  );

  test('ends when its socket has been removed, so that a supervisor starts it again', async () => {
    const server = await started();
    spawnSync('rm', [path]);
    expect(await server.exit).toBe(1);
    expect(server.stderr).toContain('socket_lost');
  });
});

test('the marker is absent under the stock plugin server', () => {
  const marker = "globalThis[Symbol.for('kong-plugin-mcp.host')]";
  const source = `process.stderr.write('host ' + String(${marker})); export class Plugin {}`;
  const stock = pluginsDirectory([], { witness: source });
  const require = createRequire(import.meta.url);
  const bin = require.resolve('kong-pdk/bin/kong-js-pluginserver');
  const run = spawnSync(process.execPath, [bin, '-d', stock.path, '--dump-all-plugins']);
  expect(run.stderr.toString()).toContain('host undefined');
  stock.remove();
});

describe('the socket', () => {
  const mode = () => (statSync(path).mode & 0o777).toString(8);

  test('is for this user alone', async () => {
    const server = await started();
    expect(mode()).toBe('600');
    await server.stop();
  });

  test('is for the group too when asked', async () => {
    const server = await started('--socket-mode', '0660');
    expect(mode()).toBe('660');
    await server.stop();
  });

  test('in a world-writable folder is warned about', async () => {
    const open = `${folder.path}/open`;
    mkdirSync(open);
    chmodSync(open, 0o777);
    path = `${open}/s`;
    const server = await started();
    await server.saw('socket_exposed');
    expect(server.stderr).toContain('world-writable');
    await server.stop();
  });

  test('is removed at the end', async () => {
    const server = await started();
    await server.stop();
    expect(existsSync(path)).toBe(false);
  });

  test('replaces one that a killed server left behind', async () => {
    const killed = await started();
    killed.child.kill('SIGKILL');
    await killed.exit;
    expect(existsSync(path)).toBe(true);
    const server = await started();
    const kong = new KongWorker(path);
    expect(await kong.request('probe', { mode: 'nothing' })).toMatchObject({ end: 'returned' });
    kong.close();
    await server.stop();
  });
});

describe('SIGTERM', () => {
  test('lets running events finish, then plugins, and ends with 0', async () => {
    const server = await started();
    const kong = new KongWorker(path);
    const id = await kong.start('probe', { mode: 'pass' });
    const answers = {
      'kong.request.get_headers': () => ({}),
      'kong.request.get_method': () => 'GET',
    };
    const outcome = await kong.event(id, answers, 'access', async () => {
      server.child.kill('SIGTERM');
      while (existsSync(path)) await new Promise((again) => setImmediate(again));
    });
    expect(outcome).toMatchObject({ end: 'returned' });
    expect(outcome.calls).toHaveLength(7);
    expect(await server.exit).toBe(0);
    expect(server.stderr).toContain('probe: shut down');
    kong.close();
  });

  test('after a successor has come interrupts no request and leaves its socket', async () => {
    const first = await started();
    const state = { done: false, requests: 0 };
    const load = async (): Promise<number> => {
      const kong = new KongWorker(path);
      while (!state.done) {
        const outcome = await kong.request('probe', { mode: 'one-by-one' });
        expect(outcome.end).toBe('returned');
        state.requests += 1;
      }
      kong.close();
      return kong.events;
    };
    const workers = [load(), load(), load(), load()];
    const second = await started();
    expect(await first.stop()).toBe(0);
    const target = state.requests + 200;
    while (state.requests < target) await new Promise((again) => setTimeout(again, 5));
    state.done = true;
    const events = (await Promise.all(workers)).reduce((sum, sent) => sum + sent, 0);
    expect(events).toBeLessThanOrEqual(state.requests + 8 * workers.length);
    expect(existsSync(path)).toBe(true);
    expect(await second.stop()).toBe(0);
  });

  test('is not needed for Kong to leave a server whose socket was taken over', async () => {
    const first = await started();
    const kong = new KongWorker(path);
    await kong.start('probe', { mode: 'nothing' });
    const idle = await kong.connection();
    const second = await started();
    await idle.ended();
    await first.saw('socket_taken_over');
    expect(first.child.exitCode).toBe(null);
    await Promise.all([first.stop(), second.stop()]);
  });
});

describe('misuse is answered with what to do', () => {
  const withPlugins = ['--plugins-directory', plugins.path];

  test('no socket', async () => {
    const [code, said] = await refusal([]);
    expect(code).toBe(2);
    expect(said).toContain('--socket PATH or KONG_MCP_SOCKET is needed');
  });

  test('an unknown option, mode, level or deadline', async () => {
    for (const [args, message] of [
      [['--sockets', path], '--sockets'],
      [['--socket', path, '--socket-mode', '0777'], '--socket-mode must be 0600 or 0660'],
      [['--socket', path, '--log-level', 'loud'], '--log-level must be debug, info'],
      [['--socket', path, '--event-deadline', 'soon'], '--event-deadline must be a number'],
    ] as const) {
      const [code, said] = await refusal(args);
      expect(code).toBe(2);
      expect(said).toContain(message);
    }
  });

  test('a path too long for a unix socket', async () => {
    const [code, said] = await refusal(['--socket', `${path}${'x'.repeat(100)}`, ...withPlugins]);
    expect(code).toBe(1);
    expect(said).toContain('too long');
  });

  test('a folder that does not exist', async () => {
    const [code, said] = await refusal(['--socket', `${folder.path}/no/s`, ...withPlugins]);
    expect(code).toBe(1);
    expect(said).toContain('does not exist; create it');
  });

  test('a file where the socket should be, which stays', async () => {
    writeFileSync(path, 'precious');
    const [code, said] = await refusal(['--socket', path, ...withPlugins]);
    expect(code).toBe(1);
    expect(said).toContain('is not a socket');
    expect(statSync(path).isFile()).toBe(true);
  });

  test('a variable that is no more', async () => {
    const name = 'KONG_MCP_EXPERIMENTAL_ERA_BRIDGE';
    const [code, said] = await refusal(['--socket', path], { [name]: '1' });
    expect([code, existsSync(path)]).toEqual([1, false]);
    expect(said).toMatch(new RegExp(`${name}: is no more: .*Unset it; .*protocol_versions`));
  });

  test('a plugins directory that is empty, or holds what is no plugin or does not load', async () => {
    for (const [sources, message] of [
      [{}, 'no plugin in'],
      [{ odd: 'export const Name = "odd";' }, 'does not export a class Plugin'],
      [{ bad: 'throw new Error("refusing this host")' }, 'refusing this host'],
    ] as const) {
      const odd = pluginsDirectory([], sources);
      const [code, said] = await refusal(['--socket', path, '--plugins-directory', odd.path]);
      expect(code).toBe(1);
      expect(said).toContain(message);
      odd.remove();
    }
  });
});

describe('the socket and the file of commands', () => {
  const said = '`socket ${process.env.KONG_MCP_SOCKET} file ${process.env.KONG_MCP_STDIO_FILE}`';
  const source = `export class Plugin {}; process.stderr.write(${said});`;
  const environment = pluginsDirectory([], { env: source });
  const common = ['--plugins-directory', environment.path];
  afterAll(() => environment.remove());

  for (const [how, args, env] of [
    ['options', ['--socket', 'PATH', '--stdio-file', '/servers.json'], {}],
    ['the environment', [], { KONG_MCP_SOCKET: 'PATH', KONG_MCP_STDIO_FILE: '/servers.json' }],
  ] as const) {
    test(`may be named by ${how}; plugins read both in the environment`, async () => {
      const socketEnv = 'KONG_MCP_SOCKET' in env ? { ...env, KONG_MCP_SOCKET: path } : {};
      const named = args.map((arg) => (arg === 'PATH' ? path : arg));
      const server = new ServerProcess([...common, ...named], socketEnv);
      await server.saw('"event":"listening"');
      expect(server.stderr).toContain(`socket ${path} file /servers.json`);
      await server.stop();
    });
  }
});

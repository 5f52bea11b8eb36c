import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { setLogLevel } from '../../../../../lib/log.js';
import type { Upstream } from '../../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { gone, isAlive, stdioFixture } from '../../../../support/upstreams/stdio-fixture.js';
import type { StdioFixture } from '../../../../support/upstreams/stdio-fixture.js';
import { transpile } from '../../../../support/upstreams/transpile.js';
import { only, stdioUpstream, testCall } from '../../../../support/upstreams/under-test.js';
import type { SeenEvent, UpstreamUnderTest } from '../../../../support/upstreams/under-test.js';

let fixture: StdioFixture;
let upstream: Upstream;

function setUp(env: Record<string, string> = {}, over: UpstreamUnderTest = {}) {
  fixture = stdioFixture(env);
  upstream = stdioUpstream(fixture, over);
}

afterEach(async () => {
  await upstream.close();
  fixture.remove();
});

const tool = (name: string, input: object = {}) =>
  only(upstream.call(testCall({ name, arguments: input })));
const textOf = (event: SeenEvent) =>
  JSON.parse((event as { done: string }).done).content[0].text as string;
const starts = () =>
  fixture
    .journal()
    .filter((line) => line.startsWith('start'))
    .map((line) => Number(line.slice(6)));

describe('a child', () => {
  it('sees a few variables of ours and those of its entry, and nothing else', async () => {
    process.env['KONG_MCP_TEST_SECRET'] = 'secret';
    setUp({ API_KEY: 'its own' });
    const env = JSON.parse(textOf(await tool('env')));
    delete process.env['KONG_MCP_TEST_SECRET'];
    expect(env).toMatchObject({ API_KEY: 'its own', PATH: process.env['PATH'] });
    const allowed = ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER', 'API_KEY', 'JOURNAL'];
    expect(Object.keys(env).filter((name) => !allowed.includes(name))).toEqual([]);
  });

  it('gets its arguments as they are, without a shell', async () => {
    setUp();
    const args = ['$(id)', '`id`; exit 9', '*', ''];
    upstream = stdioUpstream({ ...fixture, args: [...fixture.args, ...args] });
    expect(JSON.parse(textOf(await tool('argv')))).toEqual(args);
  });

  it('that dies fails its calls by name, and is started again by the next', async () => {
    setUp();
    expect(await tool('die')).toEqual({
      fail: 'upstream_unavailable',
      message: 'server srv ended with exit code 7',
      data: { server: 'srv', state: 'failing' },
    });
    expect(upstream.status()).toMatchObject({
      state: 'failing',
      lastError: 'ended with exit code 7',
    });
    expect(textOf(await tool('echo', { text: 'back' }))).toBe('back');
    expect(starts()).toHaveLength(2);
    expect(upstream.status()).toMatchObject({ state: 'ready', lastError: undefined });
  });

  it('that dies again and again is started again only after a pause', async () => {
    setUp({}, { tuning: { backoffBaseMs: 60_000, backoffMaxMs: 60_000 } });
    await tool('die');
    await tool('die');
    expect(await tool('echo')).toMatchObject({
      fail: 'upstream_unavailable',
      data: { server: 'srv', state: 'failing', retry_after_ms: expect.any(Number) },
    });
    expect(starts()).toHaveLength(2);
  });

  it('that ends at its start fails the call with its exit code, and is not tried again at once', async () => {
    setUp({ MODE: 'exit' }, { tuning: { backoffBaseMs: 60_000, backoffMaxMs: 60_000 } });
    expect(await tool('echo')).toEqual({
      fail: 'upstream_unavailable',
      message: 'server srv ended with exit code 3',
      data: { server: 'srv', state: 'failing' },
    });
    expect(await tool('echo')).toMatchObject({ data: { retry_after_ms: expect.any(Number) } });
    expect(starts()).toHaveLength(1);
  });

  it('that says nothing is ended after the deadline', async () => {
    setUp({ MODE: 'silent' }, { timeoutMs: 700 });
    expect(await tool('echo')).toMatchObject({ fail: 'upstream_timeout' });
    await gone(starts()[0]!);
    expect(fixture.journal().join('\n')).not.toContain('cancelled');
  });

  it('that cannot be started is named with a hint, without its command', async () => {
    setUp();
    const other = stdioUpstream({ command: 'no-such-secret-command', args: [] });
    const seen = await only(other.call(testCall('{}')));
    expect(seen).toMatchObject({
      fail: 'upstream_unavailable',
      message: expect.stringContaining(
        'cannot be started (ENOENT): check command, cwd and the PATH',
      ),
    });
    expect(JSON.stringify(seen)).not.toContain('no-such-secret-command');
    await other.close();
  });
});

describe('closing', () => {
  it('lets a good child end by itself', async () => {
    setUp();
    await tool('echo');
    await upstream.close();
    expect(isAlive(starts()[0]!)).toBe(false);
    expect(fixture.journal().at(-1)).toBe('stdin closed');
  });

  it('asks a stubborn child, then kills it', async () => {
    setUp({ MODE: 'stubborn' });
    await tool('echo');
    await upstream.close();
    expect(isAlive(starts()[0]!)).toBe(false);
    expect(fixture.journal().at(-1)).toBe('sigterm');
  });

  it("ends the child's own children too", async () => {
    setUp();
    const grandchild = Number(textOf(await tool('grandchild')));
    expect(isAlive(grandchild)).toBe(true);
    await upstream.close();
    await gone(grandchild);
  });

  it('ends them also when the child dies by itself', async () => {
    setUp();
    const grandchild = Number(textOf(await tool('grandchild')));
    await tool('die');
    await gone(grandchild);
  });

  it('during the start leaves no process behind', async () => {
    setUp({ MODE: 'silent' });
    const call = tool('echo');
    await fixture.seen(/initialize/);
    await upstream.close();
    expect(await call).toMatchObject({ fail: 'upstream_unavailable' });
    await gone(starts()[0]!);
  });
});

describe('when this process ends', () => {
  /** A process of its own with a child of the given mode, and the child's pid. */
  async function owner(mode: string) {
    setUp({ MODE: mode });
    const source = (path: string) => new URL(`../../../../../${path}`, import.meta.url);
    const script = transpile(
      dirname(fixture.args[0]!),
      source('test/support/upstreams/owner-script.ts'),
      source('plugins/mcp-aggregate/upstream/stdio/child.ts'),
      source('plugins/mcp-aggregate/upstream/stdio/process-groups.ts'),
      source('plugins/mcp-aggregate/upstream/stdio/start-process.ts'),
    );
    const env = { ...process.env, ...fixture.env };
    const args = [script, fixture.command, ...fixture.args];
    const own = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    own.stdin.write(
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"grandchild"}}\n',
    );
    const [line] = (await once(own.stdout, 'data')) as [Buffer];
    const grandchild = Number(JSON.parse(line.toString()).result.content[0].text);
    return { own, pid: starts()[0]!, grandchild };
  }

  it('in good order, its children and theirs are killed, stubborn or not', async () => {
    const { own, pid, grandchild } = await owner('stubborn');
    own.stdin.write('exit\n');
    await gone(pid);
    await gone(grandchild);
  });

  it('by SIGKILL, a good child ends too, since its stdin closes', async () => {
    const { own, pid, grandchild } = await owner('');
    own.kill('SIGKILL');
    await gone(pid);
    process.kill(grandchild, 'SIGKILL');
  });
});

describe('stderr of a child', () => {
  it('is logged at debug only, since it may hold secrets', async () => {
    const lines: string[] = [];
    const spy = vi.spyOn(process.stderr, 'write').mockImplementation((line) => {
      lines.push(String(line));
      return true;
    });
    try {
      setUp({ MODE: 'stderr', SECRET: 'hunter2' });
      await tool('echo');
      await upstream.close();
      expect(lines.join('')).not.toContain('hunter2');
      setLogLevel('debug');
      upstream = stdioUpstream(fixture);
      await tool('echo');
      await upstream.close();
      expect(lines.join('')).toContain('"server":"srv","text":"the secret is hunter2"');
    } finally {
      setLogLevel('info');
      spy.mockRestore();
    }
  });
});

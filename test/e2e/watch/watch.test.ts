import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { applyToKong } from '../../../kong/apply/apply.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { TestProcess } from '../../support/process.js';
import { projectFile } from '../../support/project.js';
import { until } from '../../support/readiness.js';
import { callTool, rpc } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { Handler, HttpFixture } from '../../support/upstreams/http-fixture.js';

const main = projectFile('dist/kong/cli/main.js');
const secret = 'Bearer hush-hush-hush';

describe('kong-mcp watch', () => {
  const folder = mkdtempSync(join(tmpdir(), 'watch-'));
  const file = join(folder, 'mcp.json');
  const base = join(folder, 'base.yml');
  let one: HttpFixture;
  let two: HttpFixture;
  let gateway: Gateway;
  let adminPort: number;
  let watching: TestProcess | undefined;

  beforeAll(async () => {
    [one, two, adminPort] = await Promise.all([startHttpFixture(), startHttpFixture(), freePort()]);
    for (const fixture of [one, two]) fixture.on('tools/list', listing('echo'));
    gateway = await startGateway({
      declarative: {},
      conf: { admin_listen: `127.0.0.1:${adminPort}` },
    });
    const plain = {
      name: 'plain',
      url: one.url.replace('/mcp', ''),
      routes: [{ name: 'plain', paths: ['/plain'] }],
    };
    writeFileSync(base, JSON.stringify({ _format_version: '3.0', services: [plain] }));
  });
  afterEach(() => watching?.kill('SIGKILL'));
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([one?.close(), two?.close()]);
    rmSync(folder, { recursive: true });
  });

  /** As editors save: another file takes the place of the old one. */
  const save = (text: string): void => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  const servers = (...names: ('one' | 'two')[]): string => {
    const url = { one: one.url, two: two.url };
    const entries = names.map((name) => [name, { url: url[name], headers: { 'X-Key': secret } }]);
    return JSON.stringify({ mcpServers: Object.fromEntries(entries) as object });
  };
  const watch = (...args: string[]): TestProcess => {
    const all = [main, 'watch', file, '--kong', `http://127.0.0.1:${adminPort}`, ...args];
    watching = new TestProcess(process.execPath, all);
    return watching;
  };
  const url = () => gateway.at('/mcp');
  const names = async (): Promise<string[]> => {
    const { message } = await rpc(url(), 'tools/list');
    return ((message?.result?.['tools'] ?? []) as { name: string }[]).map(({ name }) => name);
  };
  const listed = (...wanted: string[]) =>
    until(async () => (await names()).join() === wanted.join(), { what: `tools ${wanted.join()}` });

  it('brings a new server, keeps what is there on a slip of the pen, and takes one away within 5 s', async () => {
    save(servers('one'));
    const process = watch('--base', base, '--anonymous');
    await listed('one__echo');
    save(servers('one', 'two'));
    await listed('one__echo', 'two__echo');
    expect((await callTool(url(), 'two__echo', {})).message?.result).toBeDefined();

    save(`${servers('one').slice(0, -3)}`);
    await until(() => process.stderr.includes('file_refused'), { what: 'the slip is not told' });
    expect(await names()).toEqual(['one__echo', 'two__echo']);

    const failures: unknown[] = [];
    let calling = true;
    const others = (async () => {
      while (calling) {
        const { message } = await callTool(url(), 'one__echo', {});
        if (message?.result === undefined) failures.push(message);
      }
    })();
    save(servers('one'));
    const since = Date.now();
    await listed('one__echo');
    const took = Date.now() - since;
    const gone = await callTool(url(), 'two__echo', {});
    calling = false;
    await others;
    expect(gone.message?.error).toMatchObject({ code: -32602 });
    expect(failures).toEqual([]);
    expect(took).toBeLessThan(5_000);
    expect((await rpc(gateway.at('/plain/mcp'), 'tools/list')).status).toBe(200);

    await process.kill('SIGTERM');
    expect(await process.exited).toBe(0);
    expect(process.stderr).not.toContain('hush');
    expect(process.stdout).toBe('');
    expect(await names()).toEqual(['one__echo']);
  });

  it('gives a Kong that has forgotten it the last good one again', async () => {
    save(servers('one'));
    watch('--base', base, '--anonymous', '--resync', '1');
    await listed('one__echo');
    const said = () => watching!.stderr.split('kong_in_step').length - 1;
    await until(() => said() === 1, { what: 'it does not say that all is well' });
    const nothing = { document: { _format_version: '3.0' }, tag: 'other', whole: true };
    const kong = { url: `http://127.0.0.1:${adminPort}`, headers: {} };
    expect((await applyToKong(kong, nothing)).changes).toHaveLength(1);
    await until(() => said() > 1, { what: 'it is not told', timeoutMs: 60_000 });
    await listed('one__echo');
  });

  it('applies once, says what it did, and ends', async () => {
    save(servers('two'));
    const done = watch('--once', '--base', base, '--anonymous');
    expect([await done.exited, done.stderr]).toEqual([0, '']);
    expect(done.stdout).toContain('POST configuration\n');
    await listed('two__echo');
    const again = watch('--once', '--base', base, '--anonymous');
    expect([await again.exited, again.stdout]).toEqual([
      0,
      expect.stringContaining('nothing to change'),
    ]);
    const alone = watch('--once', '--anonymous');
    expect(await alone.exited).toBe(1);
    expect(alone.stderr).toContain('this Kong serves what would be lost');
    expect(await names()).toEqual(['two__echo']);
  });
});

const listing =
  (...names: string[]): Handler =>
  (arrived, response) => {
    const tools = names.map((name) => ({ name, inputSchema: { type: 'object' } }));
    answer(arrived, response, JSON.stringify({ tools }));
  };

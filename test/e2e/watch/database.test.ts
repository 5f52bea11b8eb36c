import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyToKong } from '../../../kong/apply/apply.js';
import type { Members } from '../../../kong/apply/members.js';
import { kongConf, ownPlugins } from '../../support/gateway/configuration.js';
import { kong } from '../../support/gateway/kong-command.js';
import { OwnPluginServer } from '../../support/gateway/plugin-server.js';
import { freePort } from '../../support/ports.js';
import { projectFile } from '../../support/project.js';
import { until } from '../../support/readiness.js';
import { endpoint } from '../../support/rig/services.js';
import { callTool, rpc } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

/** An empty database of PostgreSQL: `postgres://user:password@host:port/name`. */
const database = process.env['KONG_TEST_POSTGRES'];
const there = database !== undefined && process.env['KONG_BIN'] !== undefined;
const tag = 'kong-mcp';

describe.skipIf(!there)('a configuration applied to a Kong with a database', () => {
  const prefix = mkdtempSync(join(tmpdir(), 'database-'));
  const socket = join(prefix, 'plugins.socket');
  const main = projectFile('dist/kong/pluginserver/main.js');
  const mode = process.env['GATEWAY_SOCKET_MODE'] ?? '0600';
  const command = [process.execPath, main, '--socket', socket, '--socket-mode', mode];
  const plugins = new OwnPluginServer({ command, env: {}, socket, workers: 1 });
  let upstream: HttpFixture;
  let admin: string;
  let url: string;

  beforeAll(async () => {
    const [port, adminPort] = await Promise.all([freePort(), freePort()]);
    const { hostname, port: pgPort, username, password, pathname } = new URL(database!);
    upstream = await startHttpFixture();
    const tools = [{ name: 'echo', inputSchema: { type: 'object' } }];
    upstream.on('tools/list', (arrived, response) =>
      answer(arrived, response, JSON.stringify({ tools })),
    );
    const conf = join(prefix, 'kong.conf');
    const more = {
      database: 'postgres',
      pg_host: hostname,
      pg_port: pgPort === '' ? '5432' : pgPort,
      pg_user: username,
      pg_password: decodeURIComponent(password),
      pg_database: pathname.slice(1),
      admin_listen: `127.0.0.1:${adminPort}`,
    };
    const settings = { port, declarativeFile: '', socket, plugins: ownPlugins, workers: 1, more };
    writeFileSync(conf, kongConf(settings).replace(/^declarative_config.*\n/m, ''));
    await kong(['migrations', 'bootstrap', '-c', conf, '-p', prefix]);
    await plugins.respawn();
    await kong(['start', '-c', conf, '-p', prefix]);
    admin = `http://127.0.0.1:${adminPort}`;
    url = `http://127.0.0.1:${port}/mcp`;
  });
  afterAll(async () => {
    if (there) await kong(['stop', '-p', prefix]);
    await plugins.stop();
    await upstream?.close();
    rmSync(prefix, { recursive: true, force: true });
  });

  const document = (...names: string[]): Members => {
    const servers = names.map((name) => ({ name, url: upstream.url }));
    const aggregate = { anonymous: true, servers };
    return { services: [endpoint({ name: 'mcp', path: '/mcp', aggregate })] };
  };
  const apply = async (wanted: Members) =>
    (await applyToKong({ url: admin, headers: {} }, { document: wanted, tag })).changes;
  const called = async (name: string) => (await callTool(url, name, {})).message;

  it('is written in parts, and only where it differs', async () => {
    await fetch(`${admin}/services`, {
      method: 'POST',
      body: new URLSearchParams({ name: 'theirs', url: 'http://127.0.0.1:9' }),
    });
    expect(await apply(document('one', 'two'))).toEqual([
      'PUT service mcp',
      'PUT route mcp',
      'PUT plugin mcp-aggregate of route mcp',
    ]);
    expect(await apply(document('one', 'two'))).toEqual([]);
    await until(async () => (await called('two__echo'))?.result, { what: 'no tool' });
  });

  it('loses a server, and keeps the others', async () => {
    expect(await apply(document('one'))).toEqual(['PUT plugin mcp-aggregate of route mcp']);
    await until(async () => (await called('two__echo'))?.error?.code === -32602, {
      what: 'the server is still there',
    });
    expect((await called('one__echo'))?.result).toBeDefined();
  });

  it('is set back where somebody has switched a plugin off', async () => {
    const { data } = (await (await fetch(`${admin}/plugins?tags=${tag}`)).json()) as {
      data: { id: string }[];
    };
    const off = { method: 'PATCH', body: new URLSearchParams({ enabled: 'false' }) };
    await fetch(`${admin}/plugins/${data[0]!.id}`, off);
    expect(await apply(document('one'))).toEqual(['PUT plugin mcp-aggregate of route mcp']);
  });

  it('is refused before anything is written, and takes nothing from others', async () => {
    const wrong = { services: [{ name: 'mcp', url: 'http://127.0.0.1:9', retries: -4 }] };
    await expect(apply(wrong)).rejects.toMatchObject({
      code: 'refused',
      message: 'service mcp: retries: value should be between 0 and 32767',
    });
    expect(await apply(document('one'))).toEqual([]);
    const taken = { services: [{ name: 'theirs', url: 'http://127.0.0.1:9' }] };
    await expect(apply(taken)).rejects.toMatchObject({ code: 'foreign' });
  });

  it('goes, and leaves what is not ours', async () => {
    await apply({});
    await until(async () => (await rpc(url, 'ping')).status === 404, { what: 'the route stays' });
    const { data } = (await (await fetch(`${admin}/services`)).json()) as {
      data: { name: string }[];
    };
    expect(data.map(({ name }) => name)).toEqual(['theirs']);
  });
});

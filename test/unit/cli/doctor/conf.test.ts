import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { confFindings } from '../../../../kong/cli/doctor/conf-findings.js';
import { judge } from '../../../../kong/cli/doctor/kong-version.js';
import { socketFindings } from '../../../../kong/cli/doctor/socket-rights.js';
import { versionFindings } from '../../../../kong/cli/doctor/versions.js';
import { readKongConf } from '../../../../kong/kong-conf.js';
import { version } from '../../../../lib/version.js';
import { projectFile } from '../../../support/project.js';

const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
const socket = join(folder, 'mute.sock');
let mute: Server;
beforeAll(async () => {
  mute = createServer((connection) => connection.resume().end());
  await new Promise<void>((done) => mute.listen(socket, done));
});
afterAll(async () => {
  await new Promise((done) => mute.close(done));
  rmSync(folder, { recursive: true, force: true });
});

const describeFile = (name: string) => projectFile(`describe/${name}.json`);
const good = {
  plugins: 'bundled,mcp-oauth,mcp-aggregate',
  pluginserver_names: 'mcp_oauth,mcp_aggregate',
  pluginserver_mcp_oauth_socket: join(folder, 'none.sock'),
  pluginserver_mcp_oauth_query_cmd: `cat ${describeFile('mcp-oauth')}`,
  pluginserver_mcp_aggregate_socket: join(folder, 'none.sock'),
  pluginserver_mcp_aggregate_query_cmd: `cat ${describeFile('mcp-aggregate')}`,
  nginx_http_client_body_buffer_size: '1m',
  nginx_http_client_max_body_size: '10m',
};
const look = async (more: Readonly<Record<string, string>> = {}) => {
  const lines = Object.entries({ ...good, ...more }).map(([key, value]) => `${key} = ${value}`);
  const findings = await confFindings('kong.conf', readKongConf(lines.join('\n'), {}));
  return findings.map(({ place, message, mend }) => `${place}: ${message} | ${mend}`);
};
const start = `start the plugin server: kong-mcp-pluginserver --socket ${good.pluginserver_mcp_oauth_socket}`;

describe('what the doctor finds in kong.conf', () => {
  it('is but the missing socket where all else is right', async () => {
    expect(await look()).toEqual([`socket: does not exist | ${start}`]);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    [
      'a plugin that is not named',
      { plugins: 'bundled,mcp-oauth' },
      'plugins: mcp-aggregate is not named, so Kong does not know it | plugins = bundled,mcp-oauth,mcp-aggregate',
    ],
    [
      'a plugin without an entry',
      { pluginserver_names: 'mcp_oauth' },
      'pluginserver_names: no entry has a query command that describes mcp-aggregate | pluginserver_names = mcp_oauth,mcp_aggregate; pluginserver_mcp_aggregate_socket = /run/kong-plugin-mcp/plugins.sock; pluginserver_mcp_aggregate_query_cmd = cat …/describe/mcp-aggregate.json',
    ],
    [
      'a socket for mcp-oauth that is not there, beside another',
      { pluginserver_mcp_aggregate_socket: join(folder, 'other.sock') },
      `socket: does not exist | start the plugin server: kong-mcp-pluginserver --socket ${join(folder, 'other.sock')} --auth-socket ${good.pluginserver_mcp_oauth_socket}`,
    ],
    [
      'a body buffer that is too small',
      { nginx_http_client_body_buffer_size: '512k' },
      'nginx_http_client_body_buffer_size: is 512k: a larger request goes to a file of Kong’s own, and is refused | nginx_http_client_body_buffer_size = 1m',
    ],
    [
      'bodies without a bound',
      { nginx_http_client_max_body_size: '0' },
      'nginx_http_client_max_body_size: is unbounded: nginx takes in what the plugins refuse afterwards | nginx_http_client_max_body_size = 10m',
    ],
    [
      'a bound below the buffer',
      { nginx_http_client_max_body_size: '100k' },
      'nginx_http_client_max_body_size: is 100k, less than the buffer of 1m: larger requests get Kong’s 413 | nginx_http_client_max_body_size = 10m',
    ],
    [
      'a folder that is not there',
      {
        pluginserver_mcp_oauth_socket: '/nowhere/plugins.sock',
        pluginserver_mcp_aggregate_socket: '/nowhere/plugins.sock',
      },
      'folder: does not exist | install -d -m 0750 -o kong-mcp -g kong /nowhere',
    ],
    [
      'a description file that is not there',
      { pluginserver_mcp_oauth_query_cmd: 'cat /nowhere/mcp-oauth.json' },
      'mcp-oauth: cannot be read (ENOENT) | copy describe/mcp-oauth.json of the version that runs there, then restart Kong',
    ],
    [
      'the description of the other plugin',
      { pluginserver_mcp_oauth_query_cmd: `cat ${join(folder, 'mcp-oauth.json')}` },
      'mcp-oauth: describes mcp-aggregate | copy describe/mcp-oauth.json of the version that runs there, then restart Kong',
    ],
  ])('is %s', async (_title, more, expected) => {
    const other = {
      Protocol: 'ProtoBuf:1',
      Plugins: [{ Name: 'mcp-aggregate', Version: version }],
    };
    writeFileSync(join(folder, 'mcp-oauth.json'), JSON.stringify(other));
    expect(await look(more)).toContain(expected);
  });

  it('takes settings from the environment, which wins', () => {
    const settings = readKongConf('plugins = bundled', { KONG_PLUGINS: 'mcp-oauth' });
    expect(settings.get('plugins')).toBe('mcp-oauth');
  });
});

describe('what the doctor finds at the socket', () => {
  it('is a listener that does not answer as the plugin server does', async () => {
    const entry = {
      pluginserver_mcp_oauth_socket: socket,
      pluginserver_mcp_aggregate_socket: socket,
    };
    chmodSync(socket, 0o600);
    const [only, ...rest] = await look(entry);
    expect(only).toContain('ProtoBuf:1: nothing answers as Kong expects (closed)');
    expect(rest).toEqual([]);
  });

  it('is a mode by which its own user cannot connect, or by which workers cannot', () => {
    chmodSync(socket, 0o400);
    expect(socketFindings(socket, undefined, start).map(({ mend }) => mend)).toEqual([
      `chmod 0600 ${socket}`,
    ]);
    chmodSync(socket, 0o600);
    expect(socketFindings(socket, 'root root', start)).toEqual([]);
    const [found] = socketFindings(socket, 'nobody', start);
    expect(found?.message).toContain('Kong’s workers (nobody) cannot connect');
    expect(socketFindings(socket, 'no-such-user-here', start)).toEqual([]);
  });

  it('is a folder where every user can put another socket', () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    const findings = socketFindings(join(open, 'plugins.sock'), undefined, start);
    expect(findings.map(({ place }) => place)).toEqual(['socket']);
  });

  it('is a plugin that does not run, or runs in another version', () => {
    const entry = { plugin: 'mcp-oauth', socket, describeFile: describeFile('mcp-oauth') };
    expect(versionFindings(entry, undefined)).toEqual([]);
    expect(versionFindings(entry, [])[0]?.message).toBe('the plugin server does not have it');
    const times = { updatedAt: 0, loadedAt: 0, phases: ['access'], priority: 1, schema: '{}' };
    const runs = { ...times, name: 'mcp-oauth', version: '9.9.9' };
    expect(versionFindings(entry, [runs]).map(({ message }) => message)).toEqual([
      `version 9.9.9 runs, and this is kong-mcp ${version}`,
      `describes version ${version}, but 9.9.9 runs`,
    ]);
  });
});

describe('what the doctor says of Kong’s version', () => {
  it.each([
    ['3.9.1', []],
    ['3.10.0', []],
    ['2.8.1', ['error']],
    ['3.8.0', ['error']],
    ['4.0.0', ['warning']],
    ['ECONNREFUSED', ['warning']],
  ])('%s', (said, levels) => {
    expect(judge('kong', said).map(({ level }) => level)).toEqual(levels);
  });
});

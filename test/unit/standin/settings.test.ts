import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { readSettings } from '../../../kong/standin/settings.js';
import type { Settings } from '../../../kong/standin/settings.js';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

function read(...lines: string[]): Settings {
  const file = join(folder, 'kong.conf');
  writeFileSync(file, ['database = off', 'declarative_config = /k.yml', ...lines].join('\n'));
  return readSettings(file, '/prefix');
}

describe('kong.conf', () => {
  it('has comments, escaped number signs and sizes', () => {
    const settings = read(
      '# proxy_listen = 127.0.0.1:1',
      'proxy_listen = 127.0.0.1:8000, 0.0.0.0:9000 reuseport backlog=16384 # both',
      'nginx_http_client_body_buffer_size = 1m',
      'pluginserver_names = one',
      'pluginserver_one_query_cmd = echo \\#',
    );
    expect(settings.listen).toEqual([
      { host: '127.0.0.1', port: 8000 },
      { host: '0.0.0.0', port: 9000 },
    ]);
    expect([settings.bodyBuffer, settings.maxBody]).toEqual([1048576, 0]);
    expect(settings.pluginServers).toEqual([
      { name: 'one', socket: '/prefix/one.socket', queryCommand: 'echo #', startCommand: '' },
    ]);
  });

  it('is overridden by the environment', () => {
    vi.stubEnv('KONG_PROXY_LISTEN', '127.0.0.1:7');
    expect(read('proxy_listen = 127.0.0.1:8').listen).toEqual([{ host: '127.0.0.1', port: 7 }]);
  });

  it('names what started processes may have of the environment', () => {
    vi.stubEnv('PASSED', 'yes');
    vi.stubEnv('KEPT', 'secret');
    const { environment } = read('nginx_main_env = PASSED; env FIXED=a=b; env MISSING');
    expect(environment).toEqual({ PASSED: 'yes', FIXED: 'a=b' });
  });

  it.each([
    ['proxy_listen = 0.0.0.0:8443 http2 ssl', /without TLS/],
    ['proxy_listen = 8000', /host:port/],
    ['database = postgres', /database = off/],
    ['nginx_http_client_max_body_size = much', /not a size: 'much'/],
  ])('is refused with %s', (line, message) => {
    expect(() => read(line)).toThrow(message);
  });
});

import { closeSync, openSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { pluginsDirectory } from '../support/kong-socket/plugins-directory.js';
import { ServerProcess, socketFolder } from '../support/kong-socket/server-process.js';

const folder = socketFolder();
const path = `${folder.path}/s.sock`;
afterAll(() => folder.remove());

describe('a program that a plugin starts', () => {
  const starting = `
    import { spawnSync } from 'node:child_process';
    const { stdout } = spawnSync('sh', ['-c', 'cd /proc/$$/fd && echo *; env'], { encoding: 'utf8' });
    process.stderr.write('inherited ' + stdout.split('\\n').join(' ') + 'end of it\\n');
    export class Plugin {}
    export const Version = '1'; export const Priority = 1; export const Name = 'starting';
    export const Schema = [];
  `;

  test('gets no descriptor that the server had from whoever started it', async () => {
    const file = openSync('/dev/null', 'r');
    const source = pluginsDirectory([], { starting });
    const given = ['--socket', path, '--plugins-directory', source.path];
    // Node itself only deals with those up to the first gap.
    const inherited = ['ignore' as const, ...Array<number>(60).fill(file)];
    const server = new ServerProcess(given, { PATH: process.env['PATH'] ?? '' }, inherited);
    await server.saw('end of it');
    await server.saw('"event":"listening"');
    // The fourth is the look at them.
    expect(server.stderr).toMatch(/inherited 0 1 2 3 [A-Z]/);
    expect(await server.stop()).toBe(0);
    closeSync(file);
    source.remove();
  });

  test('does not inherit the sealing key once it is read', async () => {
    const key = Buffer.alloc(32, 7).toString('base64');
    const product = new URL('../../dist/plugins/', import.meta.url).pathname;
    const source = pluginsDirectory([], {
      starting: `
        import { ready as start, shutdown } from ${JSON.stringify(`${product}mcp-aggregate/index.js`)};
        import { spawnSync } from 'node:child_process';
        export async function ready() {
          await start();
          process.stderr.write(spawnSync('env', { encoding: 'utf8' }).stdout + 'end of it\\n');
        }
        export { shutdown };
        export class Plugin {}
        export const Version = '1'; export const Priority = 1; export const Name = 'starting';
        export const Schema = [];
      `,
    });
    const given = ['--socket', path, '--plugins-directory', source.path];
    const env = { PATH: process.env['PATH'] ?? '', KONG_MCP_SEALING_KEY: key, SEEN: 'yes' };
    const server = new ServerProcess(given, env);
    await server.saw('end of it');
    expect(server.stderr).toContain('SEEN=yes');
    expect(server.stderr).not.toContain(key);
    expect(await server.stop()).toBe(0);
    source.remove();
  });
});

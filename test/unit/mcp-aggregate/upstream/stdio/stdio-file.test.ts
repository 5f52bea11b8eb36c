import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readStdioEntry } from '../../../../../plugins/mcp-aggregate/io/stdio-file.js';
import { createUpstream } from '../../../../../plugins/mcp-aggregate/upstream/create-upstream.js';
import { serverConfig } from '../../../../support/upstreams/under-test.js';

const folder = mkdtempSync(join(tmpdir(), 'mcp-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(document: unknown): string {
  const path = join(folder, 'servers.json');
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document));
  return path;
}

const own = 'servers[x].stdio';
const files = {
  command: '${NODE:-node}',
  args: ['server.js', '--root=${ROOT}'],
  env: { TOKEN: '${TOKEN}', MODE: 'x' },
  cwd: '/srv',
};

describe("an entry of the operator's file", () => {
  it('comes with its variables expanded', () => {
    const path = fileOf({ mcpServers: { files } });
    const env = { KONG_MCP_STDIO_FILE: path, ROOT: '/data', TOKEN: 's3' };
    expect(readStdioEntry(own, 'files', env)).toEqual({
      kind: 'stdio',
      command: 'node',
      args: ['server.js', '--root=/data'],
      env: { TOKEN: 's3', MODE: 'x' },
      cwd: '/srv',
    });
  });

  it('says under which user it runs', () => {
    const path = fileOf({ mcpServers: { files: { command: 'c', uid: 1, gid: 2 } } });
    expect(readStdioEntry(own, 'files', { KONG_MCP_STDIO_FILE: path })).toMatchObject({
      user: { uid: 1, gid: 2 },
    });
  });

  it.each([
    [
      'without the file, stdio is off',
      undefined,
      'files',
      own,
      'child processes are off: set KONG_MCP_STDIO_FILE',
    ],
    ['the file is missing', '/nonexistent', 'files', own, 'cannot be read (ENOENT)'],
    ['the entry is unknown', { mcpServers: { files } }, 'other', own, 'has no such entry'],
    [
      'the entry is a key of every object',
      { mcpServers: {} },
      'toString',
      own,
      'has no such entry',
    ],
    [
      'the entry is disabled',
      { mcpServers: { files: { ...files, disabled: true } } },
      'files',
      own,
      'no such entry: files.disabled: it is disabled',
    ],
    [
      'the entry is a url',
      { mcpServers: { files: { url: 'http://x' } } },
      'files',
      own,
      'configure it as a url server',
    ],
    [
      'a variable is missing',
      { mcpServers: { files } },
      'files',
      'files.args[1]',
      'the variable ROOT is not set',
    ],
    ['the file is no JSON', '{"secret', 'files', 'mcpServers', 'is not JSON'],
  ])('is refused with its field when %s', (_when, document, name, field, says) => {
    const path =
      document === undefined || document === '/nonexistent' ? document : fileOf(document);
    const env = { KONG_MCP_STDIO_FILE: path };
    const read = () => readStdioEntry(own, name, env);
    expect(read).toThrow(expect.objectContaining({ name: 'ConfigError', field }));
    expect(read).toThrow(says);
    expect(read).not.toThrow('secret');
  });

  it('is looked up when the upstream is created, before any call', () => {
    const server = serverConfig({ kind: 'stdio', target: 'files' });
    const stdioEntry = (at: string, name: string) => readStdioEntry(at, name, {});
    expect(() => createUpstream(server, { stdioEntry, env: {} })).toThrow(
      'servers[srv].stdio: child processes are off',
    );
  });
});

describe('configured headers', () => {
  const create = (headers: Record<string, string>) =>
    createUpstream(serverConfig({ target: 'http://127.0.0.1:1/', headers }), {
      stdioEntry: () => {
        throw new Error('no stdio here');
      },
      env: {},
    });

  it.each([
    [{ 'Mcp-Session-Id': 'x' }, 'servers[srv].headers.Mcp-Session-Id', 'set by the gateway'],
    [{ host: 'x' }, 'servers[srv].headers.host', 'set by the gateway'],
    [{ 'Content-Length': '1' }, 'servers[srv].headers.Content-Length', 'set by the gateway'],
    [{ 'X-A': '1', 'x-a': '2' }, 'servers[srv].headers.x-a', 'given twice'],
    [{ 'X-A': 'secret\r\nX-B: 1' }, 'servers[srv].headers.X-A', 'not a valid HTTP header'],
    [{ 'X A': '1' }, 'servers[srv].headers.X A', 'not a valid HTTP header'],
  ])('%j are refused', (headers, field, says) => {
    const created = () => create(headers);
    expect(created).toThrow(expect.objectContaining({ name: 'ConfigError', field }));
    expect(created).toThrow(says);
    expect(created).not.toThrow('secret');
  });
});

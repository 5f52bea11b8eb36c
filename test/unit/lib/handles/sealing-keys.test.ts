import { chmod, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigError } from '../../../../lib/errors/errors.js';
import {
  loadSealingKeys,
  sealingKeys,
  useSealingKeys,
} from '../../../../lib/handles/sealing-keys.js';

const key = (byte: number, length = 32) => Buffer.alloc(length, byte).toString('base64');
let folder: string;
let env: Record<string, string>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcp-key-'));
  env = { KONG_MCP_SOCKET: join(folder, 'mcp.socket') };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('loadSealingKeys', () => {
  it('takes configured keys, the first to seal with', async () => {
    const loaded = await loadSealingKeys({ KONG_MCP_SEALING_KEY: `${key(1)}, ${key(2, 40)}` });
    const keys = [Buffer.alloc(32, 1), Buffer.alloc(40, 2)];
    expect(loaded).toEqual({ keys, from: 'configuration' });
  });

  it.each(['short', key(1, 31), `${key(1)},`, 'not base64 !!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!'])(
    'refuses the configured key %j without repeating it',
    async (text) => {
      const error = await loadSealingKeys({ KONG_MCP_SEALING_KEY: text }).catch((e: Error) => e);
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as Error).message).toContain('32 bytes');
      expect((error as Error).message).not.toContain(text);
    },
  );

  it('takes them from a file, and leaves none of them in the environment', async () => {
    const file = join(folder, 'keys');
    await writeFile(file, `${key(1)},${key(2)}\n`, { mode: 0o600 });
    const byFile = { KONG_MCP_SEALING_KEY_FILE: file };
    const both = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    expect(await loadSealingKeys(byFile)).toEqual({ keys: both, from: 'configuration' });
    const byVariable = { KONG_MCP_SEALING_KEY: key(3), OTHER: 'x' };
    expect((await loadSealingKeys(byVariable)).keys).toEqual([Buffer.alloc(32, 3)]);
    expect(byVariable).toEqual({ OTHER: 'x' });
  });

  it.each([
    ['beside the variable', { KONG_MCP_SEALING_KEY: key(1) }, key(2), /cannot be combined/],
    ['that is empty', {}, ' \n', /empty/],
    ['with a short key', {}, key(1, 31), /SEALING_KEY_FILE: a key must be base64/],
    ['without end', {}, 'A'.repeat(65_537), /above 65536 bytes/],
    ['that is not there', {}, undefined, /SEALING_KEY_FILE: .*ENOENT/],
  ])('refuses a file %s', async (_title, others, text, says) => {
    const file = join(folder, 'keys');
    if (text !== undefined) await writeFile(file, text, { mode: 0o600 });
    const load = loadSealingKeys({ ...env, ...others, KONG_MCP_SEALING_KEY_FILE: file });
    await expect(load).rejects.toThrow(ConfigError);
    await expect(load).rejects.toThrow(says);
  });

  it.each([
    ['a key in the environment of one that starts programs', true, 0o600, 'secret_in_environment'],
    ['a file that others can read', false, 0o644, 'secret_file_exposed'],
  ])('warns of %s', async (_title, inVariable, mode, event) => {
    const file = join(folder, 'keys');
    await writeFile(file, key(1));
    await chmod(file, mode);
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const said = () => write.mock.calls.filter(([text]) => String(text).includes(event)).length;
    const given = { KONG_MCP_SEALING_KEY: key(1) };
    if (inVariable) await loadSealingKeys({ ...given });
    else await loadSealingKeys({ KONG_MCP_SEALING_KEY_FILE: join(folder, 'missing') }).catch(Error);
    expect(said()).toBe(0);
    const stdio = { KONG_MCP_STDIO_FILE: '/servers.json' };
    await loadSealingKeys({
      ...stdio,
      ...(inVariable ? given : { KONG_MCP_SEALING_KEY_FILE: file }),
    });
    expect(said()).toBe(1);
    write.mockRestore();
  });

  it('makes a file that only its user can read, and finds the same key again', async () => {
    const { keys, from } = await loadSealingKeys(env);
    expect(from).toBe('file');
    const path = join(folder, 'sealing.key');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await loadSealingKeys(env)).keys).toEqual(keys);
    expect(await readdir(folder)).toEqual(['sealing.key']);
    expect(Buffer.from(await readFile(path, 'utf8'), 'base64')).toEqual(keys[0]);
  });

  it('agrees with processes that start at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => loadSealingKeys(env)));
    expect(new Set(all.map(({ keys }) => keys[0]!.toString('hex'))).size).toBe(1);
    expect(await readdir(folder)).toEqual(['sealing.key']);
  });

  it.each([0o640, 0o604, 0o620])('refuses a file of mode %o', async (mode) => {
    const path = join(folder, 'sealing.key');
    await writeFile(path, key(1));
    await chmod(path, mode);
    await expect(loadSealingKeys(env)).rejects.toThrow('0600');
  });

  it('refuses a link and a file with something else in it', async () => {
    const path = join(folder, 'sealing.key');
    await writeFile(join(folder, 'elsewhere'), key(1), { mode: 0o600 });
    await symlink(join(folder, 'elsewhere'), path);
    await expect(loadSealingKeys(env)).rejects.toThrow(ConfigError);
    await rm(path);
    await writeFile(path, 'hello', { mode: 0o600 });
    await expect(loadSealingKeys(env)).rejects.toThrow(ConfigError);
  });

  it('has one of its own where there is no place to keep it', async () => {
    const lost = { KONG_MCP_SOCKET: join(folder, 'missing', 'mcp.socket') };
    const [a, b, c] = await Promise.all([{}, {}, lost].map((each) => loadSealingKeys(each)));
    expect(a!.keys[0]).toHaveLength(32);
    expect(c!.keys[0]).toHaveLength(32);
    expect(a!.from).toBe('process');
    expect(a!.keys[0]!.equals(b!.keys[0]!)).toBe(false);
  });
});

describe('the keys of this process', () => {
  it('are those that another process has handed on, where one has', async () => {
    const keys = { keys: [Buffer.alloc(32, 7)], from: 'file' } as const;
    useSealingKeys(keys);
    expect(await sealingKeys()).toBe(keys);
  });
});

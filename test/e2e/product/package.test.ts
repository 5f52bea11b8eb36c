import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../support/demo/running-demo.js';
import { freePort } from '../../support/ports.js';
import { TestProcess } from '../../support/process.js';
import { until } from '../../support/readiness.js';

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

describe('the package that npm pack makes', () => {
  let folder: string;
  let packed: Packed;
  const unpacked = () => join(folder, 'package');
  const manifest = () =>
    JSON.parse(readFileSync(join(unpacked(), 'package.json'), 'utf8')) as Manifest;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'package-'));
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const run = spawnSync('npm', args, { cwd: root, encoding: 'utf8' });
    [packed] = JSON.parse(run.stdout) as [Packed];
    spawnSync('tar', ['-xzf', join(folder, packed.filename), '-C', folder]);
    symlinkSync(join(root, 'node_modules'), join(unpacked(), 'node_modules'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds no benchmark, no test and no source', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths.length).toBeGreaterThan(300);
    const own = paths.filter((path) => !path.startsWith('examples/'));
    expect(own.filter((path) => /(^|\/)(bench|test)\/|\.ts$|tsbuildinfo/.test(path))).toEqual([]);
  });

  it('holds the files of the console', () => {
    const folder = 'dist/kong/pluginserver/console/';
    const names = packed.files.map(({ path }) => path).filter((path) => path.startsWith(folder));
    const sources = join(root, 'kong/pluginserver/console');
    const expected = readdirSync(sources, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'copy-to-dist.mjs')
      .map(({ parentPath, name }) => relative(sources, join(parentPath, name)));
    expect(names.map((path) => path.slice(folder.length)).sort()).toEqual(expected.sort());
  });

  it('asks, outside of development, for everything that its code imports', () => {
    const { dependencies, optionalDependencies } = manifest();
    const known = new Set(Object.keys({ ...dependencies, ...optionalDependencies }));
    const code = packed.files.map(({ path }) => path).filter((path) => path.endsWith('.js'));
    const imported = code.flatMap((path) => {
      const text = readFileSync(join(unpacked(), path), 'utf8');
      return [...text.matchAll(/^(?:import|export)[^'"]*from '((?:@[^/']+\/)?[^./'][^/']*)/gm)]
        .map(([, name = '']) => name)
        .filter((name) => !name.startsWith('node:'));
    });
    expect(imported.length).toBeGreaterThan(20);
    expect([...new Set(imported)].filter((name) => !known.has(name))).toEqual([]);
  });

  it('starts the demo from an empty folder by the command of its own name', async () => {
    const empty = mkdtempSync(join(folder, 'empty-'));
    const file = join(unpacked(), manifest().bin['kong-plugin-mcp'] ?? '');
    const [port, authPort] = [await freePort(), await freePort()];
    const args = [file, '--port', String(port), '--auth-port', String(authPort)];
    const demo = new TestProcess(process.execPath, args, { cwd: empty, env: {} });
    await until(
      () => {
        if (!demo.running) throw new Error(`it ended: ${demo.stdout}${demo.stderr}`);
        return demo.stdout.includes('Ctrl-C ends everything.');
      },
      { what: 'the demo of the package is ready', timeoutMs: 50_000 },
    );
    expect(demo.stdout).toMatch(/Ready in .* of 4 servers/);
    await demo.kill('SIGTERM');
    expect(demo.stderr).toBe('');
  });
});

import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';

/** A plugins directory of fixtures, compiled as a build would. */
export interface PluginsDirectory {
  readonly path: string;
  remove(): void;
}

const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };

/** Compiles fixtures `NAME.ts`, or the given sources, to `NAME/index.js` in a fresh folder. */
export function pluginsDirectory(
  names: readonly string[],
  sources: Readonly<Record<string, string>> = {},
): PluginsDirectory {
  const root = mkdtempSync(join(tmpdir(), 'mcp-plugins-'));
  const path = join(root, 'plugins');
  mkdirSync(path);
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  const fixtures = names.map((name) => {
    const file = new URL(`./fixtures/${name}.ts`, import.meta.url);
    return [name, readFileSync(file, 'utf8')] as const;
  });
  for (const [name, source] of [...fixtures, ...Object.entries(sources)]) {
    mkdirSync(join(path, name));
    const code = ts.transpileModule(source, { compilerOptions: options }).outputText;
    writeFileSync(join(path, name, 'index.js'), code);
  }
  return { path, remove: () => rmSync(root, { recursive: true, force: true }) };
}

import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };

/**
 * Writes TypeScript sources into a folder as JavaScript modules that a child process can run. They
 * may import each other, what Node has and the packages of this project. Answers the path of the
 * first.
 */
export function transpile(folder: string, ...sources: URL[]): string {
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const paths = sources.map((source) => {
    const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), { compilerOptions });
    const path = join(folder, basename(fileURLToPath(source)).replace(/\.ts$/, '.js'));
    const imports = outputText
      .replaceAll(/from '\.[^']*\/([^/']+)'/g, "from './$1'")
      .replaceAll(/from '(?!\.|node:)([^']+)'/g, (_, name: string) => {
        return `from '${import.meta.resolve(name)}'`;
      });
    writeFileSync(path, imports);
    return path;
  });
  return paths[0]!;
}

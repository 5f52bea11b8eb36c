import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import ts from 'typescript';

// `npm run types` and `npm run lint` by one program: half of what the lint rules cost is to build
// and to check it once more.

const root = fileURLToPath(new URL('../', import.meta.url));

const host = {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
    throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
  },
};
const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile(
  join(root, 'tsconfig.check.json'),
  { incremental: false, tsBuildInfoFile: undefined },
  host,
);
const program = ts.createProgram(fileNames, options);
const diagnostics = [...errors, ...ts.getPreEmitDiagnostics(program)];
process.stdout.write(
  ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => root,
    getNewLine: () => '\n',
  }),
);

const parserOptions = { programs: [program], project: null };
const eslint = new ESLint({ cwd: root, overrideConfig: [{ languageOptions: { parserOptions } }] });
const results = await eslint.lintFiles(['.']);
process.stdout.write(await (await eslint.loadFormatter('stylish')).format(results));

const found = results.reduce((sum, one) => sum + one.errorCount + one.warningCount, 0);
process.exitCode = diagnostics.length + found > 0 ? 1 : 0;

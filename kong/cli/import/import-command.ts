import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError } from '../../../lib/errors/errors.js';
import { codeOf } from '../error-code.js';
import { accessFlags, readAccess } from '../access-options.js';
import { declarative } from '../declarative.js';
import type { Access } from '../declarative.js';
import { importServers } from './import-servers.js';
import type { ImportedServers } from './import-servers.js';
import { readDocumentFile } from '../read-document.js';

const options = {
  out: { type: 'string', default: '.' },
  force: { type: 'boolean', default: false },
  ...accessFlags,
} as const;

/**
 * `kong-mcp import`: writes `kong.yml` and the operator's stdio file, and answers what to print.
 * @throws ConfigError for wrong options, a wrong document, or a file that would be overwritten
 */
export async function importCommand(
  args: string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) throw new ConfigError('FILE', 'name one document');
  const access = readAccess(values);
  const imported = importServers(await readDocumentFile('FILE', file), env);
  if (imported.servers.length === 0) {
    const reasons = imported.warnings.map((warning) => `\n  ${warning}`).join('');
    throw new ConfigError('FILE', `holds no server that can be imported${reasons}`);
  }
  const kongFile = resolve(join(values.out, 'kong.yml'));
  const stdioFile = resolve(join(values.out, 'mcp-servers.json'));
  const hasStdio = Object.keys(imported.stdio).length > 0;
  await mkdir(values.out, { recursive: true });
  await write(kongFile, declarative(imported.servers, access), values.force);
  if (hasStdio) {
    const text = `${JSON.stringify({ mcpServers: imported.stdio }, null, 2)}\n`;
    await write(stdioFile, text, values.force);
  }
  return report(imported, access, kongFile, hasStdio ? stdioFile : undefined);
}

/** Both files may hold secrets, so only their owner may read them. */
async function write(file: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600, flag: force ? 'w' : 'wx' });
    await chmod(file, 0o600);
  } catch (error) {
    const code = codeOf(error);
    const advice = code === 'EEXIST' ? 'exists already; --force replaces it' : `failed (${code})`;
    throw new ConfigError('--out', `${file} ${advice}`);
  }
}

function report(
  imported: ImportedServers,
  access: Access,
  kongFile: string,
  stdioFile: string | undefined,
): string {
  const names = imported.servers.map(({ name }) => name).join(', ');
  const lines = [`Wrote ${kongFile} (servers: ${names})`];
  if (stdioFile !== undefined) lines.push(`Wrote ${stdioFile}`);
  if (imported.warnings.length > 0) {
    lines.push('', 'Note:', ...imported.warnings.map((warning) => `  - ${warning}`));
  }
  return [...lines, '', 'Next:', ...nextSteps(imported, access, kongFile, stdioFile), ''].join(
    '\n',
  );
}

function nextSteps(
  imported: ImportedServers,
  access: Access,
  kongFile: string,
  stdioFile: string | undefined,
): string[] {
  const steps: string[] = [];
  if (stdioFile !== undefined) {
    steps.push(`start the plugin server with --stdio-file ${stdioFile}`);
    steps.push('let its user, and nobody else, read that file; variables in it are its own');
  }
  const variables = Object.entries(imported.variables);
  if (variables.length > 0) {
    steps.push('give Kong these variables, where it starts:');
    steps.push(...variables.map(([name, template]) => `  export ${name}="${shellText(template)}"`));
  }
  steps.push(`load ${kongFile}: declarative_config in kong.conf, or POST /config`);
  if (access.kind === 'kong') {
    steps.push('every request is refused until the route has an authentication plugin:');
    steps.push('  add mcp-oauth (--resource, --authorization-server) or one of Kong, as key-auth');
  }
  if (access.kind === 'anonymous') {
    steps.push('anyone who reaches the route can use these servers with their credentials');
  }
  return steps.map((step) => (step.startsWith('  ') ? `      ${step.trim()}` : `  - ${step}`));
}

/** `text` between double quotes of a shell: variables expand, nothing else does. */
function shellText(text: string): string {
  return text.replace(/["\\`]|\$(?!\{)/g, '\\$&');
}

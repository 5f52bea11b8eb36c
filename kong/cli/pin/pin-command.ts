import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ConfigError } from '../../../lib/errors/errors.js';
import { setLogLevel } from '../../../lib/log.js';
import { visible } from '../../../lib/visible.js';
import { LockfileError } from '../../../plugins/mcp-aggregate/core/pins/lockfile/lockfile-members.js';
import { readLockfile } from '../../../plugins/mcp-aggregate/core/pins/lockfile/read-lockfile.js';
import {
  joinLockfiles,
  writeLockfile,
} from '../../../plugins/mcp-aggregate/core/pins/lockfile/write-lockfile.js';
import { codeOf } from '../error-code.js';
import { lockfileDiff } from './lockfile-diff.js';
import { pinnedServer, serverOf } from './pinned-server.js';
import type { Environment, PinnedServer } from './pinned-server.js';

const options = {
  url: { type: 'string' },
  'token-env': { type: 'string' },
  'header-env': { type: 'string', multiple: true },
  transport: { type: 'string' },
  'ca-file': { type: 'string' },
  'stdio-file': { type: 'string' },
  stdio: { type: 'string' },
  out: { type: 'string', default: 'pins.lock.json' },
  diff: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  'digests-only': { type: 'boolean', default: false },
} as const;

const parse = (args: string[]) => parseArgs({ args, options }).values;
type Values = ReturnType<typeof parse>;

/**
 * `kong-mcp pin`: writes the lockfile of a running server, or says what differs from one.
 * @returns what to print, and the exit code: 1 where `--diff` has found a difference
 * @throws ConfigError for wrong options, a server that cannot be asked, a lockfile that is none
 */
export async function pinCommand(
  args: string[],
  env: Environment,
): Promise<{ readonly output: string; readonly code: number }> {
  const values = parse(args);
  const fields = await fieldsOf(values, env);
  const file = values['stdio-file'];
  setLogLevel('error');
  const pinned = await pinnedServer(
    serverOf(fields),
    file === undefined ? env : { ...env, KONG_MCP_STDIO_FILE: file },
  );
  const content = { ...pinned.content, digestsOnly: values['digests-only'] };
  const before = await lockfileAt(values.out);
  if (values.diff) {
    if (before === undefined) throw new ConfigError('--out', `${values.out} does not exist`);
    const difference = lockfileDiff(before.toString(), writeLockfile(content), values.keep);
    const text = difference === '' ? 'Nothing differs.\n' : difference;
    return { output: text + said(pinned), code: difference === '' ? 0 : 1 };
  }
  const text = writeLockfile(content);
  const after = values.keep && before ? joinLockfiles(Buffer.from(text), before) : text;
  const difference = before && lockfileDiff(before.toString(), after);
  const isSame = before?.equals(Buffer.from(after)) === true;
  if (!isSame) await writeFile(values.out, after);
  const verdict = isSame ? `${values.out} is up to date` : `Wrote ${values.out}`;
  return { output: `${difference ?? ''}${verdict}.\n${said(pinned)}`, code: 0 };
}

async function lockfileAt(file: string): Promise<Buffer | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConfigError('--out', `${file} cannot be read (${codeOf(error)})`);
  }
  try {
    readLockfile(bytes);
    return bytes;
  } catch (error) {
    if (!(error instanceof LockfileError)) throw error;
    throw new ConfigError('--out', `${file} is no lockfile: ${error.message}`);
  }
}

async function fieldsOf(
  values: Values,
  env: Environment,
): Promise<Readonly<Record<string, unknown>>> {
  const { url, stdio, transport } = values;
  if ((url === undefined) === (stdio === undefined)) {
    throw new ConfigError('pin', 'name either --url URL or --stdio NAME');
  }
  if (stdio !== undefined) return { stdio };
  const headers: Record<string, string> = {};
  const token = values['token-env'];
  if (token !== undefined)
    headers['Authorization'] = `Bearer ${valueOf('--token-env', token, env)}`;
  for (const given of values['header-env'] ?? []) {
    const [, name, variable] = /^([\w-]+)=(\w+)$/.exec(given) ?? [];
    if (name === undefined) throw new ConfigError('--header-env', 'must be HEADER=VARIABLE');
    headers[name] = valueOf('--header-env', variable!, env);
  }
  const ca = values['ca-file'];
  return {
    url,
    headers,
    ...(transport === undefined ? {} : { transport }),
    ...(ca === undefined ? {} : { ca_certificates: await readText('--ca-file', ca) }),
  };
}

function valueOf(option: string, variable: string, env: Environment): string {
  const value = env[variable] ?? '';
  if (value !== '') return value;
  throw new ConfigError(option, `the variable ${variable} is not set`);
}

async function readText(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ConfigError(option, `${file} cannot be read (${codeOf(error)})`);
  }
}

const mostRemarks = 100;

function said({ remarks, flaws }: PinnedServer): string {
  const lines = [
    ...flaws.map((flaw) => `warning: ${flaw}`),
    ...remarks.slice(0, mostRemarks).map(({ kind, name, rule, excerpt }) => {
      return `warning: ${kind} ${JSON.stringify(name.slice(0, 128))}: ${rule}: ${excerpt}`;
    }),
  ];
  if (remarks.length > mostRemarks) lines.push(`and ${remarks.length - mostRemarks} more`);
  return lines.map((line) => `${visible(line)}\n`).join('');
}

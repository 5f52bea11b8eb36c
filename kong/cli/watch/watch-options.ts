import { parseArgs } from 'node:util';
import { ConfigError } from '../../../lib/errors/errors.js';
import { kongAddress } from '../../apply/kong-address.js';
import type { KongAddress } from '../../apply/kong-address.js';
import { accessFlags, readAccess } from '../access-options.js';
import { readDocumentFile } from '../read-document.js';
import type { Sources } from './wanted.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** How `kong-mcp watch` was asked to run. */
export interface WatchOptions {
  readonly kong: KongAddress;
  readonly sources: Sources;
  readonly once: boolean;
  /** Milliseconds between two looks at a Kong that is in order. */
  readonly resyncMs: number;
}

const flags = {
  kong: { type: 'string', default: 'http://127.0.0.1:8001' },
  base: { type: 'string' },
  'stdio-file': { type: 'string' },
  tag: { type: 'string', default: 'kong-mcp' },
  resync: { type: 'string', default: '10' },
  once: { type: 'boolean', default: false },
  ...accessFlags,
} as const;

/** @throws ConfigError */
export async function watchOptions(args: string[], env: Environment): Promise<WatchOptions> {
  const { values, positionals } = parseArgs({ args, options: flags, allowPositionals: true });
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) throw new ConfigError('FILE', 'name one file');
  const { tag, base, once } = values;
  if (!/^[A-Za-z0-9._~-]{1,64}$/.test(tag)) {
    throw new ConfigError('--tag', 'must be 1 to 64 of letters, digits and . _ ~ -');
  }
  const seconds = Number(values.resync);
  if (!(seconds >= 1 && seconds <= 3600)) {
    throw new ConfigError('--resync', 'must be a number of seconds from 1 to 3600');
  }
  const stdioFile = values['stdio-file'];
  const sources = {
    file,
    base,
    access: readAccess(values),
    tag,
    stdioEntries: stdioFile === undefined ? new Set<string>() : await commandsIn(stdioFile),
    env,
  };
  const kong = kongAddress('--kong', values.kong, env);
  return { kong, sources, once, resyncMs: seconds * 1000 };
}

async function commandsIn(file: string): Promise<Set<string>> {
  const { entries } = await readDocumentFile('--stdio-file', file, true);
  const commands = Object.entries(entries).filter(([, { kind }]) => kind === 'stdio');
  return new Set(commands.map(([name]) => name));
}

import { applyToKong } from '../../apply/apply.js';
import { ApplyError } from '../../apply/apply-error.js';
import { ConfigError } from '../../../lib/errors/errors.js';
import { follow } from './follow.js';
import { readAll } from './stable-text.js';
import { watchOptions } from './watch-options.js';
import type { WatchOptions } from './watch-options.js';
import { filesOf, wantedOf } from './wanted.js';

/**
 * `kong-mcp watch FILE`: keeps a Kong in step with a file until SIGTERM or SIGINT.
 * @returns how the command ends: 0, or 1 where `--once` has not succeeded
 * @throws ConfigError for options that cannot be followed
 */
export async function watchCommand(
  args: string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<0 | 1> {
  const options = await watchOptions(args, env);
  if (options.once) return once(options);
  const end = new AbortController();
  const abort = () => end.abort();
  process.once('SIGTERM', abort).once('SIGINT', abort);
  await follow(options, end.signal);
  return 0;
}

async function once({ kong, sources }: WatchOptions): Promise<0 | 1> {
  try {
    const { wanted, notes } = wantedOf(sources, await readAll(filesOf(sources)));
    for (const note of notes) process.stdout.write(`note: ${note}\n`);
    const { changes } = await applyToKong(kong, wanted);
    const lines = changes.length > 0 ? changes : ['nothing to change'];
    process.stdout.write(`${lines.join('\n')}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof ApplyError)) throw error;
    process.stderr.write(`kong-mcp: ${error.message}\n`);
    return 1;
  }
}

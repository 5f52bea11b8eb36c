import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from '../errors/errors.js';
import { log } from '../log.js';

const mostBytes = 65_536;

/** A secret and the variable it came by. */
export interface TakenSecret {
  /** Empty where there is none. */
  readonly text: string;
  readonly source: string;
}

/**
 * A secret that the operator gives by a variable, or in a file that another variable names. The
 * first is taken out of `env`, so that nothing started later can inherit it or read it there. What
 * the kernel shows in /proc stays as it was at the start, so a file is better where this process
 * starts programs that others wrote; that is logged.
 * @throws ConfigError for both at once, and for a file that cannot be read, is empty or too large
 */
export function takeSecret(
  env: Record<string, string | undefined>,
  variable: string,
  fileVariable: string,
): TakenSecret {
  const [text = '', file = ''] = [env[variable], env[fileVariable]];
  delete env[variable];
  if (file === '') {
    if (text !== '' && env['KONG_MCP_STDIO_FILE']) {
      log('warn', 'secret_in_environment', { variable, hint: `use ${fileVariable}` });
    }
    return { text, source: variable };
  }
  if (text !== '') throw new ConfigError(fileVariable, `cannot be combined with ${variable}`);
  return { text: readSecret(fileVariable, file), source: fileVariable };
}

function readSecret(variable: string, file: string): string {
  const text = readWhole(variable, file).trim();
  if (text === '') throw new ConfigError(variable, 'names a file that is empty');
  return text;
}

function readWhole(variable: string, file: string): string {
  try {
    const { size, mode } = statSync(file);
    if (size > mostBytes) throw new ConfigError(variable, `its file is above ${mostBytes} bytes`);
    if ((mode & 0o007) !== 0) {
      log('warn', 'secret_file_exposed', { variable, hint: 'others can read it: use mode 0600' });
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new ConfigError(variable, `its file cannot be read (${code})`);
  }
}

import { ConfigError } from '../errors/errors.js';
import type { ServerEntry } from './entries.js';

const reference = /\$\{([^}]*)\}/g;
const referenceBody = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

function readReference(body: string, field: string): readonly [string, string | undefined] {
  const parts = referenceBody.exec(body);
  if (parts === null) {
    throw new ConfigError(field, 'holds a ${…} that is neither ${VAR} nor ${VAR:-default}');
  }
  return [parts[1] ?? '', parts[2]];
}

/**
 * Replaces `${VAR}`, `${VAR:-default}` and VS Code's `${env:VAR}` by values of `env`. A default
 * counts where the variable is unset or empty. A replaced value is not expanded again.
 * @throws ConfigError naming `field` and the variable, never a value
 */
export function expandVariables(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  field = 'text',
): string {
  return text.replace(reference, (_whole, body: string) => {
    const [name, fallback] = readReference(body, field);
    const value = env[name];
    if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
    if (value === undefined) throw new ConfigError(field, `the variable ${name} is not set`);
    return value;
  });
}

/**
 * Names of the variables in `text`.
 * @throws ConfigError for what `expandVariables` could not read
 */
export function variablesIn(text: string, field = 'text'): readonly string[] {
  return [...text.matchAll(reference)].map(([, body = '']) => readReference(body, field)[0]);
}

/**
 * The entry with every string expanded.
 * @throws ConfigError as `expandVariables`, naming the member
 */
export function expandEntry(
  name: string,
  entry: ServerEntry,
  env: Readonly<Record<string, string | undefined>>,
): ServerEntry {
  const one = (text: string, member: string) => expandVariables(text, env, `${name}.${member}`);
  const all = (texts: Readonly<Record<string, string>>, member: string) =>
    Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [key, one(text, `${member}.${key}`)]),
    );
  if (entry.kind === 'url') {
    return { ...entry, url: one(entry.url, 'url'), headers: all(entry.headers, 'headers') };
  }
  return {
    ...entry,
    command: one(entry.command, 'command'),
    args: entry.args.map((arg, index) => one(arg, `args[${index}]`)),
    env: all(entry.env, 'env'),
    ...(entry.cwd === undefined ? {} : { cwd: one(entry.cwd, 'cwd') }),
  };
}

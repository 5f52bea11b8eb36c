import { readFileSync } from 'node:fs';
import { ConfigError } from '../../../../lib/errors/errors.js';
import type { StdioEntry } from '../../../../lib/mcp-servers/entries.js';
import { log } from '../../../../lib/log.js';

/** The user that this process runs as; undefined where the system has none. */
type OwnUser = () => number | undefined;

const ownUser: OwnUser = () => process.geteuid?.();

/**
 * Refuses an entry whose user this process cannot take on, rather than start it as another; warns of
 * one that is started as root.
 * @param field the configuration field that names the entry, for errors
 * @throws ConfigError
 */
export function checkUser(field: string, entry: StdioEntry, own: OwnUser = ownUser): void {
  const isRoot = own() === 0;
  if (entry.user === undefined) {
    if (isRoot) log('warn', 'stdio_as_root', { field, hint: 'give its entry uid and gid' });
    return;
  }
  if (isRoot) return;
  throw new ConfigError(
    field,
    'the entry has uid and gid, which only a plugin server that runs as root can take on',
  );
}

/** Variables that say who one is, by the place of the value in a line of the user database. */
const places = [
  ['USER', 0],
  ['LOGNAME', 0],
  ['HOME', 5],
  ['SHELL', 6],
] as const;

/** The same variables for another user; of one that the system does not know, HOME alone: `/`. */
export function userVariables(uid: number, database = readUsers()): Record<string, string> {
  const line = database
    .split('\n')
    .map((text) => text.split(':'))
    .find((values) => values[2] === String(uid));
  if (line === undefined) return { HOME: '/' };
  return Object.fromEntries(places.map(([name, place]) => [name, line[place] ?? '']));
}

function readUsers(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}

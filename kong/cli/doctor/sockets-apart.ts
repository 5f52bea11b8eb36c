import type { PluginInfo } from '../../pluginserver/wire/messages.js';
import type { Finding } from '../validate/finding.js';
import type { PluginEntry } from './plugin-entries.js';
import { about } from './report.js';

type Entries = readonly Pick<PluginEntry, 'plugin' | 'socket'>[];

/** The entries of both plugins where each has a socket of its own; undefined where they share one. */
function apart(entries: Entries) {
  const [oauth, aggregate] = ['mcp-oauth', 'mcp-aggregate'].map((name) =>
    entries.find(({ plugin }) => plugin === name),
  );
  if (oauth === undefined || aggregate === undefined) return undefined;
  return oauth.socket === aggregate.socket ? undefined : { oauth, aggregate };
}

/** The command that starts a plugin server for these sockets. */
export function startCommand(entries: Entries, socket: string): string {
  const two = apart(entries);
  const flags = two ? `${two.aggregate.socket} --auth-socket ${two.oauth.socket}` : socket;
  return `kong-mcp-pluginserver --socket ${flags}`;
}

/**
 * Whether sockets of their own are those of one plugin server: that of mcp-oauth is then a worker for
 * authentication, which does not have mcp-aggregate. Two plugin servers do not know each other's
 * callers.
 * @param running what answers at each socket; undefined where nothing does
 */
export function apartFindings(
  file: string,
  entries: Entries,
  running: ReadonlyMap<string, readonly PluginInfo[] | undefined>,
): readonly Finding[] {
  const two = apart(entries);
  const has = (entry: Entries[number], plugin: string) =>
    running.get(entry.socket)?.some(({ name }) => name === plugin) ?? false;
  if (two === undefined || !has(two.oauth, 'mcp-aggregate')) return [];
  const { oauth, aggregate } = two;
  const isSwapped = !has(aggregate, 'mcp-aggregate') && has(aggregate, 'mcp-oauth');
  const message = isSwapped
    ? 'the sockets are the wrong way round: that of mcp-aggregate serves mcp-oauth alone'
    : 'the plugins have sockets of their own, of two plugin servers: who calls would be unknown to mcp-aggregate';
  const mend = isSwapped
    ? `${aggregate.socket} for mcp-oauth, ${oauth.socket} for mcp-aggregate`
    : `${aggregate.socket} for both, or that of --auth-socket for mcp-oauth`;
  return [about(file).error('pluginserver_*_socket', message, mend)];
}

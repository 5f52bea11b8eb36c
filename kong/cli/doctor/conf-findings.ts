import type { PluginInfo } from '../../pluginserver/wire/messages.js';
import type { Finding } from '../validate/finding.js';
import { askPluginServer } from './ask-plugin-server.js';
import { bodyBufferFindings } from './body-buffers.js';
import { pluginEntries } from './plugin-entries.js';
import { about } from './report.js';
import { socketFindings } from './socket-rights.js';
import { apartFindings, startCommand } from './sockets-apart.js';
import { versionFindings } from './versions.js';

/** What kong.conf says, the socket it leads to, and who answers there. */
export async function confFindings(
  file: string,
  settings: ReadonlyMap<string, string>,
): Promise<readonly Finding[]> {
  const { entries, findings } = pluginEntries(file, settings);
  const all = [...findings, ...bodyBufferFindings(file, settings)];
  const running = new Map<string, readonly PluginInfo[] | undefined>();
  for (const socket of new Set(entries.map((entry) => entry.socket))) {
    const start = `start the plugin server: ${startCommand(entries, socket)}`;
    const rights = socketFindings(socket, settings.get('nginx_user'), start);
    all.push(...rights);
    const there = !rights.some(({ message }) => /does not exist|is no socket/.test(message));
    running.set(socket, there ? await ask(socket, start, all) : undefined);
    const own = entries.filter((entry) => entry.socket === socket);
    all.push(...own.flatMap((entry) => versionFindings(entry, running.get(socket))));
  }
  return [...all, ...apartFindings(file, entries, running)];
}

async function ask(
  socket: string,
  start: string,
  findings: Finding[],
): Promise<readonly PluginInfo[] | undefined> {
  try {
    return await askPluginServer(socket);
  } catch (error) {
    const message = `nothing answers as Kong expects (${(error as Error).message})`;
    findings.push(about(socket).error('ProtoBuf:1', message, start));
    return undefined;
  }
}

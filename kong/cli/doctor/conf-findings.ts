import type { PluginInfo } from '../../pluginserver/wire/messages.js';
import type { Finding } from '../validate/finding.js';
import { askPluginServer } from './ask-plugin-server.js';
import { bodyBufferFindings } from './body-buffers.js';
import { pluginEntries } from './plugin-entries.js';
import { about } from './report.js';
import { socketFindings } from './socket-rights.js';
import { versionFindings } from './versions.js';

/** What kong.conf says, the socket it leads to, and who answers there. */
export async function confFindings(
  file: string,
  settings: ReadonlyMap<string, string>,
): Promise<readonly Finding[]> {
  const { entries, findings } = pluginEntries(file, settings);
  const all = [...findings, ...bodyBufferFindings(file, settings)];
  for (const socket of new Set(entries.map((entry) => entry.socket))) {
    const rights = socketFindings(socket, settings.get('nginx_user'));
    all.push(...rights);
    const there = !rights.some(({ message }) => /does not exist|is no socket/.test(message));
    const running = there ? await ask(socket, all) : undefined;
    const own = entries.filter((entry) => entry.socket === socket);
    all.push(...own.flatMap((entry) => versionFindings(entry, running)));
  }
  return all;
}

async function ask(
  socket: string,
  findings: Finding[],
): Promise<readonly PluginInfo[] | undefined> {
  try {
    return await askPluginServer(socket);
  } catch (error) {
    const message = `nothing answers as Kong expects (${(error as Error).message})`;
    const mend = `start the plugin server: kong-mcp-pluginserver --socket ${socket}`;
    findings.push(about(socket).error('ProtoBuf:1', message, mend));
    return undefined;
  }
}

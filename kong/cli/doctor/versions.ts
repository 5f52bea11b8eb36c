import { readFileSync } from 'node:fs';
import { version } from '../../../lib/version.js';
import type { PluginInfo } from '../../pluginserver/wire/messages.js';
import type { Finding } from '../validate/finding.js';
import type { PluginEntry } from './plugin-entries.js';
import { about } from './report.js';

interface Described {
  readonly Protocol?: unknown;
  readonly Plugins?: readonly { readonly Name?: unknown; readonly Version?: unknown }[];
}

/**
 * Whether what Kong was told of a plugin is what runs.
 * @param running what the plugin server says; undefined where it cannot be asked
 */
export function versionFindings(
  { plugin, socket, describeFile }: PluginEntry,
  running: readonly PluginInfo[] | undefined,
): readonly Finding[] {
  const findings: Finding[] = [];
  const runs = running?.find(({ name }) => name === plugin);
  const server = about(socket);
  if (running !== undefined && runs === undefined) {
    const mend = 'let it load the plugins of this package: leave --plugins-directory out';
    findings.push(server.error(plugin, 'the plugin server does not have it', mend));
  }
  if (runs !== undefined && runs.version !== version) {
    const message = `version ${runs.version} runs, and this is kong-mcp ${version}`;
    findings.push(server.warning(plugin, message, 'restart the plugin server after an update'));
  }
  if (describeFile === undefined) return findings;
  const say = about(describeFile);
  const copy = `copy describe/${plugin}.json of the version that runs there, then restart Kong`;
  const described = read(describeFile);
  if (typeof described === 'string') return [...findings, say.error(plugin, described, copy)];
  const [first] = described.Plugins ?? [];
  if (described.Protocol !== 'ProtoBuf:1') {
    findings.push(
      say.error(plugin, 'does not say Protocol ProtoBuf:1: Kong would fail open', copy),
    );
  }
  if (first?.Name !== plugin) {
    findings.push(say.error(plugin, `describes ${String(first?.Name)}`, copy));
  } else if (first.Version !== (runs?.version ?? version)) {
    const wanted = runs === undefined ? `kong-mcp is ${version}` : `${runs.version} runs`;
    findings.push(
      say.error(plugin, `describes version ${String(first.Version)}, but ${wanted}`, copy),
    );
  }
  return findings;
}

/** What is wrong with it, where it cannot be read. */
function read(file: string): Described | string {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Described;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no JSON';
    return `cannot be read (${code})`;
  }
}

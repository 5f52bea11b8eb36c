import { decodeString, eachItem, findMember } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import type { Member, RawJson } from '../../../../lib/json/types.js';
import { tasksExtension } from '../../../../lib/protocol/tasks.js';
import { protocolBroken } from '../failure/failures.js';
import { declaredIn, instructionsIn, offeredIn, saidIn } from '../conversation/initialize.js';
import type { Introduction } from '../conversation/initialize.js';
import { spokenVersion } from './modern-params.js';

export const discoverMethod = 'server/discover';

/** Of a version, escapes included. */
const longestVersion = 128;
const infoKey = 'io.modelcontextprotocol/serverInfo';

/**
 * What a server says of itself in a `DiscoverResult`.
 * @param pinned whether its instructions are read
 * @throws McpError `upstream_protocol` where it is none, or does not name the version spoken here
 */
export function readDiscover(server: string, result: RawJson, pinned = false): Introduction {
  const members = lastNamed(
    result,
    { start: 0, end: result.length },
    'supportedVersions',
    'capabilities',
    '_meta',
    'instructions',
  );
  if (!speaks(result, findMember(members, 'supportedVersions'))) {
    throw protocolBroken(server, `answered server/discover without naming ${spokenVersion}`);
  }
  const meta = findMember(members, '_meta');
  const info = meta?.kind === 'object' ? lastNamed(result, meta.value, infoKey) : [];
  return {
    revision: spokenVersion,
    said: {
      ...saidIn(result, findMember(info, infoKey)),
      revision: spokenVersion,
      instructions: pinned ? instructionsIn(result, members) : undefined,
    },
    offered: withExtensions(result, members, offeredIn(result, declaredIn(result, members))),
  };
}

/** Names of extensions that matter here stand among the capabilities. */
function withExtensions(
  result: RawJson,
  members: readonly Member[],
  offered: ReadonlySet<string>,
): ReadonlySet<string> {
  const capabilities = findMember(members, 'capabilities');
  if (capabilities?.kind !== 'object') return offered;
  const extensions = findMember(lastNamed(result, capabilities.value, 'extensions'), 'extensions');
  if (extensions?.kind !== 'object') return offered;
  const tasks = findMember(lastNamed(result, extensions.value, tasksExtension), tasksExtension);
  return tasks?.kind === 'object' ? new Set([...offered, tasksExtension]) : offered;
}

function speaks(result: RawJson, versions: Member | undefined): boolean {
  if (versions?.kind !== 'array') return false;
  let spoken = false;
  eachItem(result, versions.value, (start, end) => {
    const mayBe = result[start] === 0x22 && end - start <= longestVersion;
    spoken ||= mayBe && decodeString(result, { start, end }) === spokenVersion;
    return !spoken;
  });
  return spoken;
}

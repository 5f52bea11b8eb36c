import { decodeString, eachItem, findMember } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import type { Member, RawJson } from '../../../../lib/json/types.js';
import { protocolBroken } from '../failure/failures.js';
import { declaredIn, offeredIn, saidIn } from '../conversation/initialize.js';
import type { Introduction } from '../conversation/initialize.js';
import { spokenVersion } from './modern-params.js';

export const discoverMethod = 'server/discover';

/** Of a version, escapes included. */
const longestVersion = 128;
const infoKey = 'io.modelcontextprotocol/serverInfo';

/**
 * What a server says of itself in a `DiscoverResult`.
 * @throws McpError `upstream_protocol` where it is none, or does not name the version spoken here
 */
export function readDiscover(server: string, result: RawJson): Introduction {
  const members = lastNamed(
    result,
    { start: 0, end: result.length },
    'supportedVersions',
    'capabilities',
    '_meta',
  );
  if (!speaks(result, findMember(members, 'supportedVersions'))) {
    throw protocolBroken(server, `answered server/discover without naming ${spokenVersion}`);
  }
  const meta = findMember(members, '_meta');
  const info = meta?.kind === 'object' ? lastNamed(result, meta.value, infoKey) : [];
  return {
    revision: spokenVersion,
    said: { ...saidIn(result, findMember(info, infoKey)), revision: spokenVersion },
    offered: offeredIn(result, declaredIn(result, members)),
  };
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

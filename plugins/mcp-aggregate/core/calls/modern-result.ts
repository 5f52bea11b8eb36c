import { modernVersions } from '../../../../lib/protocol/classify.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import { encodeString, withMembers } from '../../../../lib/json/splice.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { version } from '../../../../lib/version.js';
import type { InputRequest } from './call.js';
import { labelAsk, metaWith } from './label-ask.js';
import { serverInfoKey } from './modern-members.js';

/** Lists depend on who asks, and servers with sessions do not say how long theirs hold. */
const uncached: readonly [string, string][] = [
  ['cacheScope', '"private"'],
  ['ttlMs', '0'],
];

/**
 * A result as the modern era has it (requirement H21).
 * @param cacheable of a method whose results carry caching hints (SEP-2549)
 * @param type its `resultType`
 */
export function modernResult(
  raw: RawJson,
  serverName: string,
  cacheable: boolean,
  type: 'complete' | 'task' = 'complete',
): RawJson {
  const whole = { start: 0, end: raw.length };
  // Once for all of them: a result may have very many members.
  const members = lastNamed(raw, whole, 'resultType', 'ttlMs', 'cacheScope', '_meta');
  const info = JSON.stringify({ name: serverName, version });
  return withMembers(raw, whole, members, [
    ...(cacheable ? uncached : []),
    ['resultType', `"${type}"`],
    ['_meta', metaWith(raw, members, serverInfoKey, info)],
  ]);
}

/** `DiscoverResult`. */
export function discoverResult(
  endpoint: { readonly serverName: string; readonly instructions: string | undefined },
  capabilities: Readonly<Record<string, unknown>>,
): RawJson {
  const { instructions } = endpoint;
  const said = { supportedVersions: modernVersions, capabilities, instructions };
  return modernResult(Buffer.from(JSON.stringify(said)), endpoint.serverName, true);
}

/**
 * `InputRequiredResult`: a server's questions, and what brings the answers back to it.
 * @param state sealed
 */
export function inputRequired(
  server: string,
  asked: readonly InputRequest[],
  state: string,
): RawJson {
  const parts: (string | RawJson)[] = ['{"resultType":"input_required",'];
  for (const [n, { key, method, params }] of asked.entries()) {
    const before = n === 0 ? '"inputRequests":{' : ',';
    parts.push(`${before}${encodeString(key)}:{"method":${encodeString(method)},"params":`);
    parts.push(labelAsk(server, method, params), '}');
  }
  if (asked.length > 0) parts.push('},');
  parts.push(`"requestState":${encodeString(state)}}`);
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

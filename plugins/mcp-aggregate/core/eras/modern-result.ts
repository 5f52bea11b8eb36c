import { lastNamed } from '../../../../lib/json/named-members.js';
import { encodeString, withMembers } from '../../../../lib/json/splice.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { version } from '../../../../lib/version.js';
import type { InputRequest } from '../calls/call.js';
import { uncached } from '../lists/cache-hints.js';
import type { CacheHints } from '../calls/upstream-port.js';
import { labelAsk, metaWith } from '../calls/label-ask.js';
import { withoutProgressToken } from '../calls/progress-token.js';
import { serverInfoKey } from './modern-members.js';
import { lastOf } from './result-places.js';
import type { ResultPlaces } from './result-places.js';

/**
 * A result as the modern era has it (requirement H21).
 * @param cache of a method whose results carry caching hints (SEP-2549)
 * @param type its `resultType`
 * @param places where its members stand, where that is known
 */
export function modernResult(
  raw: RawJson,
  serverName: string,
  cache: CacheHints | undefined,
  type: 'complete' | 'task' = 'complete',
  places?: ResultPlaces,
): RawJson {
  const whole = { start: 0, end: raw.length };
  // Once for all of them: a result may have very many members.
  const members = places
    ? lastOf(places)
    : lastNamed(raw, whole, 'resultType', 'ttlMs', 'cacheScope', '_meta');
  const info = JSON.stringify({ name: serverName, version });
  return withMembers(raw, whole, members, [
    ...(cache ? hintMembers(cache) : []),
    ['resultType', `"${type}"`],
    ['_meta', metaWith(raw, members, serverInfoKey, info)],
  ]);
}

/**
 * A page of a list of ours, which has neither of these members, without reading it again.
 * @param raw with `serverMeta` in its `_meta`
 */
export function modernList(raw: RawJson, { ttlMs, isPrivate }: CacheHints): RawJson {
  const scope = isPrivate ? 'private' : 'public';
  const head = `{"resultType":"complete","cacheScope":"${scope}","ttlMs":${ttlMs},`;
  return Buffer.concat([Buffer.from(head), raw.subarray(1)]);
}

/** What `_meta` of a result says of the endpoint. */
export function serverMeta(serverName: string): Readonly<Record<string, unknown>> {
  return { [serverInfoKey]: { name: serverName, version } };
}

function hintMembers({ ttlMs, isPrivate }: CacheHints): readonly [string, string][] {
  return [
    ['cacheScope', isPrivate ? '"private"' : '"public"'],
    ['ttlMs', String(ttlMs)],
  ];
}

/** `DiscoverResult`, of versions without sessions. */
export function discoverResult(
  endpoint: { readonly serverName: string; readonly instructions: string | undefined },
  supportedVersions: readonly string[],
  capabilities: Readonly<Record<string, unknown>>,
): RawJson {
  const { instructions } = endpoint;
  const said = { supportedVersions, capabilities, instructions };
  return modernResult(Buffer.from(JSON.stringify(said)), endpoint.serverName, uncached);
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
    const asked = params && withoutProgressToken(params);
    parts.push(labelAsk(server, method, asked), '}');
  }
  if (asked.length > 0) parts.push('},');
  parts.push(`"requestState":${encodeString(state)}}`);
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

import { modernVersions } from '../../../lib/classify.js';
import { lastNamed } from '../../../lib/json/named-members.js';
import { encodeString, withMember } from '../../../lib/json/splice.js';
import type { RawJson } from '../../../lib/json/types.js';
import { version } from '../../../lib/version.js';
import type { Ask } from './call.js';
import { labelAsk, withMeta } from './label-ask.js';

/** Lists depend on who asks, and servers with sessions do not say how long theirs hold. */
const uncached: readonly [string, string][] = [
  ['ttlMs', '0'],
  ['cacheScope', '"private"'],
];

/**
 * A result as the modern era has it (requirement H21).
 * @param cacheable of a method whose results carry caching hints (SEP-2549)
 */
export function modernResult(raw: RawJson, serverName: string, cacheable: boolean): RawJson {
  const members: [string, string][] = [['resultType', '"complete"']];
  if (cacheable) members.push(...uncached);
  const info = JSON.stringify({ name: serverName, version });
  const named = withMeta(raw, 'io.modelcontextprotocol/serverInfo', info);
  return members.reduce((result, [key, value]) => put(result, key, value), named);
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
 * `InputRequiredResult`: a server's question, and what brings the answer back to it.
 * @param state sealed
 */
export function inputRequired(server: string, ask: Ask, state: string): RawJson {
  const method = encodeString(ask.method);
  const params = labelAsk(server, ask.method, ask.params);
  const parts = [
    '{"resultType":"input_required","inputRequests":{',
    `${encodeString(ask.key)}:{"method":${method},"params":`,
    params,
    `}},"requestState":${encodeString(state)}}`,
  ];
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

function put(raw: RawJson, key: string, value: string): RawJson {
  const whole = { start: 0, end: raw.length };
  return withMember(raw, whole, lastNamed(raw, whole, key), key, value);
}

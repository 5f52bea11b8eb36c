import { legacyVersions } from '../../../../lib/protocol/classify.js';
import { McpError } from '../../../../lib/errors.js';
import { decodeString, findMember } from '../../../../lib/json/members.js';
import type { ParamsEnvelope, RawJson } from '../../../../lib/json/types.js';
import { version as gatewayVersion } from '../../../../lib/version.js';

/**
 * The version a session will speak: the client's where it is served, else the newest (H32).
 * @throws McpError `invalid_params` where the client names none
 */
export function negotiateVersion(bytes: Buffer, params: ParamsEnvelope | undefined): string {
  const member = params && findMember(params.members, 'protocolVersion');
  if (member?.kind !== 'string') {
    throw new McpError('invalid_params', 'initialize needs params.protocolVersion, a string');
  }
  const wanted = decodeString(bytes, member.value);
  return legacyVersions.includes(wanted) ? wanted : legacyVersions[0]!;
}

/** `InitializeResult`. */
export function initializeResult(
  protocolVersion: string,
  endpoint: { readonly serverName: string; readonly instructions: string | undefined },
  capabilities: Readonly<Record<string, unknown>>,
): RawJson {
  const result = {
    protocolVersion,
    capabilities,
    serverInfo: { name: endpoint.serverName, version: gatewayVersion },
    instructions: endpoint.instructions,
  };
  return Buffer.from(JSON.stringify(result));
}

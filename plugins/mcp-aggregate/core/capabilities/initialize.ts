import { legacyVersions } from '../../../../lib/protocol/classify.js';
import { McpError } from '../../../../lib/errors/errors.js';
import { decodeString, findMember } from '../../../../lib/json/members.js';
import type { ParamsEnvelope, RawJson } from '../../../../lib/json/types.js';
import { version as gatewayVersion } from '../../../../lib/version.js';

/** What a session may speak, of the versions that are served. */
export function negotiable(served: readonly string[]): readonly string[] {
  return served.filter((version) => legacyVersions.includes(version));
}

/** The version that the params of `initialize` name; undefined where they name none. */
export function wishedVersion(
  bytes: Buffer,
  params: ParamsEnvelope | undefined,
): string | undefined {
  const member = params && findMember(params.members, 'protocolVersion');
  return member?.kind === 'string' ? decodeString(bytes, member.value) : undefined;
}

/**
 * The version a session will speak: the client's where it is served, else the newest (H32).
 * @param served newest first, one with sessions among them
 * @throws McpError `invalid_params` where the client names none
 */
export function negotiateVersion(
  bytes: Buffer,
  params: ParamsEnvelope | undefined,
  served: readonly string[],
): string {
  const wished = wishedVersion(bytes, params);
  if (wished === undefined) {
    throw new McpError('invalid_params', 'initialize needs params.protocolVersion, a string');
  }
  const versions = negotiable(served);
  return versions.includes(wished) ? wished : versions[0]!;
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

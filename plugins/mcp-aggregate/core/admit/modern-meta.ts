import { McpError } from '../../../../lib/errors/errors.js';
import { decodeString, findMember } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import type { Envelope, Member, ParamsEnvelope } from '../../../../lib/json/types.js';
import { metaKey } from '../../../../lib/protocol/meta-key.js';
import { logLevels } from '../../../../lib/protocol/methods.js';

const capabilitiesKey = metaKey('clientCapabilities');
const logLevelKey = metaKey('logLevel');
const known = ['roots', 'sampling', 'elicitation', 'extensions', 'experimental'];

/**
 * Checks a message of the era without sessions, beside its version and what headers mirror
 * (requirements H3, H9).
 * @throws McpError `invalid_meta`; `invalid_request` for a response: nobody has asked the client
 */
export function checkModernMessage(bytes: Buffer, message: Envelope): void {
  if (message.kind === 'response') {
    throw new McpError('invalid_request', 'this version has no requests to clients');
  }
  if (message.kind !== 'request') return;
  const declared = declaredCapabilities(message.params);
  for (const { key, kind } of lastNamed(bytes, declared.value, ...known)) {
    if (kind !== 'object') throw wrong(`${capabilitiesKey}"].${key} must be an object`);
  }
  readLogLevel(bytes, message.params);
}

/** @throws McpError `invalid_meta` where there are none */
export function declaredCapabilities(params: ParamsEnvelope | undefined): Member {
  const declared = params && findMember(params.meta, capabilitiesKey);
  if (declared?.kind === 'object') return declared;
  throw wrong(`${capabilitiesKey}"], an object, is required`);
}

/**
 * Least severe log message that a request asks for; none where it does not say.
 * @throws McpError `invalid_meta`
 */
export function readLogLevel(
  bytes: Buffer,
  params: ParamsEnvelope | undefined,
): string | undefined {
  const member = params && findMember(params.meta, logLevelKey);
  if (member === undefined) return undefined;
  const level = member.kind === 'string' ? decodeString(bytes, member.value) : '';
  if (logLevels.includes(level)) return level;
  throw wrong(`${logLevelKey}"] must be one of ${logLevels.join(', ')}`);
}

function wrong(what: string): McpError {
  return new McpError('invalid_meta', `params._meta["${what}`);
}

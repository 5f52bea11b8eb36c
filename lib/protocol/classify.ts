import { protocolVersionHeader } from '../http/mirrored-headers.js';
import { singleHeader } from '../http/single-header.js';
import type { HeaderRecord } from '../http/single-header.js';
import type { Envelope } from '../json/types.js';
import { modernRevisions, streamableRevisions } from './revisions.js';

/** Versions with `initialize` and sessions, newest first. */
export const legacyVersions = streamableRevisions;

/** Versions whose every request names its version, newest first. */
export const modernVersions = modernRevisions;

export {
  checkClaimedHeaders,
  checkMirroredHeaders,
  checkNamedVersion,
  protocolVersionHeader,
} from '../http/mirrored-headers.js';

export type Era =
  | { readonly era: 'legacy'; readonly version: string | undefined }
  | { readonly era: 'modern'; readonly version: string }
  | { readonly era: 'unsupported'; readonly requested: string };

/**
 * Which era a message belongs to, by how it opens (design D7). A version in `_meta`, or a modern
 * version in the header, makes it modern, even an `initialize`. Any other `initialize` is legacy,
 * whatever it asks for: its version is negotiated. All else goes by the header, where none means
 * legacy with the version left to the session. The body decides before the header: where they
 * disagree, `checkMirroredHeaders` refuses the request.
 * @param message undefined where the request has no body (GET, DELETE)
 * @throws McpError `invalid_request` where the version header is repeated
 */
export function classify(headers: HeaderRecord, message: Envelope | undefined): Era {
  const header = singleHeader(headers, protocolVersionHeader);
  const call = message === undefined || message.kind === 'response' ? undefined : message;
  const claimed = call?.params?.protocolVersion;
  if (claimed !== undefined) {
    return modernVersions.includes(claimed)
      ? { era: 'modern', version: claimed }
      : { era: 'unsupported', requested: claimed };
  }
  if (header === undefined) return { era: 'legacy', version: undefined };
  if (modernVersions.includes(header)) return { era: 'modern', version: header };
  if (legacyVersions.includes(header)) return { era: 'legacy', version: header };
  if (call?.method === 'initialize') return { era: 'legacy', version: undefined };
  return { era: 'unsupported', requested: header.slice(0, 64) };
}

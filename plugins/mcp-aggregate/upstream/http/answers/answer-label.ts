import { parseMediaType } from '../../../../../lib/http/media-type.js';
import type { ServerConfig } from '../../../config/config.js';
import { protocolBroken } from '../../failure/failures.js';

/** What a content type says of a body; `none` where it says nothing of use. */
export type Label = 'json' | 'events' | 'none';

/** Names under which UTF-8 goes, and the part of it that is ASCII. */
const charsets: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/**
 * Reads the content type of an answer. A missing or malformed one says nothing, nor does
 * `text/plain`, which some HTTP libraries put on JSON by themselves.
 * @throws McpError `upstream_protocol` for another type or charset
 */
export function labelOf(server: ServerConfig, header: string | string[] | undefined): Label {
  if (header === 'application/json') return 'json';
  const media = typeof header === 'string' ? parseMediaType(header) : undefined;
  if (media === undefined) return 'none';
  const charset = media.params.get('charset')?.toLowerCase();
  if (charset !== undefined && !charsets.has(charset)) {
    throw protocolBroken(server.name, 'answered in a charset other than UTF-8');
  }
  const { type } = media;
  if (type === 'text/event-stream') return 'events';
  if (type === 'application/json' || type === 'text/json' || type.endsWith('+json')) return 'json';
  if (type === 'text/plain') return 'none';
  const said = type.length <= 64 ? ` (${type})` : '';
  const why = `answered with a content type that is neither JSON nor an event stream${said}`;
  throw protocolBroken(server.name, why);
}

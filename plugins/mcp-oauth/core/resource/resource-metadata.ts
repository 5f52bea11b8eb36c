import type { OAuthConfig } from '../oauth-config.js';
import { errorReply } from '../challenge/reply.js';
import type { Reply } from '../challenge/reply.js';

/** Well-known URI of RFC 9728 §3. */
const metadataRoot = '/.well-known/oauth-protected-resource';

const maxAgeSeconds = 300;
const allowed = 'GET, HEAD, OPTIONS';
// The document is public, and browser clients read it from any origin.
const anyOrigin = { 'Access-Control-Allow-Origin': '*' };

/** Path of the metadata document: the suffix goes between host and path (RFC 9728 §3.1, A4). */
export function metadataPathOf(resource: URL): string {
  return resource.pathname === '/' ? metadataRoot : `${metadataRoot}${resource.pathname}`;
}

/**
 * The answer to a request for the metadata document; undefined for any other path. Every path under
 * the well-known one is answered here, so none is ever proxied.
 */
export function metadataReply(
  config: Pick<OAuthConfig, 'metadataPath' | 'servesRoot' | 'metadata'>,
  method: string,
  path: string,
): Reply | undefined {
  if (path !== metadataRoot && !path.startsWith(`${metadataRoot}/`)) return undefined;
  if (method === 'OPTIONS') return preflight();
  const served = path === config.metadataPath || (config.servesRoot && path === metadataRoot);
  if (!served) return errorReply(404, 'not_found', 'no protected resource here', anyOrigin);
  if (method !== 'GET' && method !== 'HEAD') {
    const headers = { Allow: allowed, ...anyOrigin };
    return errorReply(405, 'method_not_allowed', `use one of ${allowed}`, headers);
  }
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': `public, max-age=${String(maxAgeSeconds)}`,
      ...anyOrigin,
    },
    body: JSON.stringify(config.metadata),
  };
}

function preflight(): Reply {
  const headers = {
    ...anyOrigin,
    'Access-Control-Allow-Methods': allowed,
    'Access-Control-Allow-Headers': '*',
    'Access-Control-Max-Age': '86400',
  };
  return { status: 204, headers, body: '' };
}

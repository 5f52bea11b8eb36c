import { metadataUrls } from '../../../plugins/mcp-oauth/io/discover-issuer.js';
import type { Finding } from '../validate/finding.js';
import { get, objectIn } from './get.js';
import { about } from './report.js';

/** Whether an authorization server has metadata (RFC 8414) that names it, and keys. */
export async function issuerFindings(issuer: string): Promise<readonly Finding[]> {
  const say = about(issuer);
  if (!URL.canParse(issuer)) return [say.error('issuer', 'is no URL', 'authorization_servers')];
  const reasons: string[] = [];
  for (const place of metadataUrls(issuer)) {
    try {
      const { status, text } = await get(place);
      const metadata = status === 200 ? objectIn(text) : undefined;
      if (metadata === undefined) reasons.push(`${place.pathname} answers ${status}`);
      else return await metadataFindings(issuer, metadata);
    } catch (error) {
      reasons.push(`${place.pathname}: ${(error as Error).message}`);
    }
  }
  const mend = 'authorization_servers must hold the issuer as its tokens have it in iss';
  return [say.error('metadata', `none was found: ${reasons.join(', ')}`, mend)];
}

async function metadataFindings(
  issuer: string,
  { issuer: named, jwks_uri: keys }: Readonly<Record<string, unknown>>,
): Promise<readonly Finding[]> {
  const say = about(issuer);
  if (named !== issuer) {
    const mend = `authorization_servers: [${String(named)}]`;
    return [say.error('metadata', `names another issuer: ${String(named)}`, mend)];
  }
  // An issuer of opaque tokens needs none.
  if (typeof keys !== 'string') {
    return [say.note('metadata', 'has no jwks_uri: its tokens need introspection_endpoint')];
  }
  const mend = 'let the gateway reach it, or name another by issuers[].jwks_uri';
  try {
    const { status, text } = await get(keys);
    const found = status === 200 ? objectIn(text)?.['keys'] : undefined;
    if (Array.isArray(found) && found.length > 0) return [];
    return [say.error('keys', `${keys} answers ${status} without keys`, mend)];
  } catch (error) {
    return [say.error('keys', `${keys} cannot be reached (${(error as Error).message})`, mend)];
  }
}

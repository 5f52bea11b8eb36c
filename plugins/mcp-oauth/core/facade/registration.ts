import { replyJson } from '../../../../lib/outbound/reply-json.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import type { Reply } from '../challenge/reply.js';
import { isMediaType } from './content-type.js';
import type { FacadeConfig } from './facade-config.js';
import { facadeJson } from './facade-reply.js';
import { RequestRefused } from './parameters.js';

type Members = Readonly<Record<string, unknown>>;

const mostRedirects = 32;
const longestName = 200;
const servedGrants = ['authorization_code', 'refresh_token'];

/**
 * Reads the metadata of a client that registers (RFC 7591 §2): every redirect URI must be allowed
 * here, whoever answers.
 * @throws RequestRefused
 */
export function registrationRequest(
  { allowsRedirect }: FacadeConfig,
  body: string,
  headers: HeaderRecord,
): Members {
  if (!isMediaType(headers, 'application/json')) throw refused('send application/json');
  let metadata: unknown;
  try {
    metadata = replyJson(body);
  } catch {
    throw refused('the body is not one JSON object, or too intricate');
  }
  if (metadata === null || typeof metadata !== 'object' || Array.isArray(metadata)) {
    throw refused('the body is not a JSON object');
  }
  const members = metadata as Members;
  const uris = members['redirect_uris'];
  if (!Array.isArray(uris) || uris.length === 0 || uris.length > mostRedirects) {
    throw new RequestRefused('invalid_redirect_uri', 'redirect_uris must list 1 to 32 addresses');
  }
  if (!uris.every(allowsRedirect)) {
    throw new RequestRefused('invalid_redirect_uri', 'a redirect URI is not allowed here');
  }
  return members;
}

/**
 * The answer with the shared client (RFC 7591 §3.2.1), which is public whatever was asked for: no
 * secret is ever in it.
 * @param now seconds since the epoch
 */
export function sharedRegistration(clientId: string, members: Members, now: number): Reply {
  const { grant_types: grants, client_name: name } = members;
  const asked = Array.isArray(grants) ? grants : [];
  const granted = servedGrants.filter((grant) => asked.includes(grant));
  const answer = {
    client_id: clientId,
    client_id_issued_at: Math.floor(now),
    redirect_uris: members['redirect_uris'],
    token_endpoint_auth_method: 'none',
    grant_types: granted.length > 0 ? granted : servedGrants,
    response_types: ['code'],
    ...(typeof name === 'string' && name.length <= longestName ? { client_name: name } : {}),
  };
  return facadeJson(201, JSON.stringify(answer));
}

function refused(why: string): RequestRefused {
  return new RequestRefused('invalid_client_metadata', why);
}

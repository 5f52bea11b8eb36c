import type { Finding } from '../validate/finding.js';
import { get, objectIn } from './get.js';
import type { Got } from './get.js';
import { issuerFindings } from './issuers.js';
import { about } from './report.js';

/** One `tools/list` of a client without a session. */
function list(endpoint: string, token?: string): Promise<Got> {
  return get(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  });
}

/**
 * What a client meets: the challenge, the metadata it leads to, the issuers it names, and the list.
 * @param token where absent, only what a stranger gets is looked at
 */
export async function endpointFindings(
  endpoint: string,
  token: string | undefined,
): Promise<readonly Finding[]> {
  const say = about(endpoint);
  let stranger: Got;
  try {
    stranger = await list(endpoint);
  } catch (error) {
    const mend = 'start Kong, or name the address by which clients reach it';
    return [say.error('endpoint', `cannot be reached (${(error as Error).message})`, mend)];
  }
  const locked = stranger.status === 401;
  const findings = locked
    ? await challengeFindings(endpoint, stranger)
    : listFindings(endpoint, stranger);
  if (stranger.status === 200) {
    return [
      say.warning('endpoint', 'serves strangers, without any credential', openMend),
      ...findings,
    ];
  }
  if (!locked || token === undefined) return findings;
  return [...findings, ...listFindings(endpoint, await list(endpoint, token))];
}

const openMend =
  'put mcp-oauth or another authentication plugin on the route, unless this is meant';

/** RFC 9728 §5.1: the challenge names the metadata, which names the resource and its issuers. */
async function challengeFindings(endpoint: string, { headers }: Got): Promise<readonly Finding[]> {
  const say = about(endpoint);
  const challenge = headers.get('www-authenticate') ?? '';
  const address = /resource_metadata="([^"]+)"/.exec(challenge)?.[1];
  if (address === undefined) {
    const mend = 'where MCP clients shall log in by themselves: mcp-oauth on the route';
    return [say.warning('401', 'has no resource_metadata: another plugin answers it', mend)];
  }
  const mend = `add to the route’s paths: ${URL.canParse(address) ? new URL(address).pathname : address}`;
  let got: Got;
  try {
    got = await get(address);
  } catch (error) {
    const reach = 'resource must be the address by which clients reach the gateway';
    return [say.error('metadata', `${address}: ${(error as Error).message}`, reach)];
  }
  const metadata = got.status === 200 ? objectIn(got.text) : undefined;
  if (metadata === undefined) {
    return [say.error('metadata', `${address} answers ${got.status}`, mend)];
  }
  const { resource, authorization_servers: issuers } = metadata;
  const wrong =
    resource === endpoint
      ? []
      : [
          say.error(
            'metadata',
            `says resource ${String(resource)}, which is not the address that was called: clients refuse it`,
            `resource: ${endpoint}, or call ${String(resource)}`,
          ),
        ];
  const each = (Array.isArray(issuers) ? issuers : []).map((issuer) =>
    issuerFindings(String(issuer)),
  );
  return [...wrong, ...(await Promise.all(each)).flat()];
}

/** What an answer to `tools/list` says of the set-up. */
function listFindings(endpoint: string, { status, text }: Got): readonly Finding[] {
  const say = about(endpoint);
  const data = /^data: ?(\{.*)$/m.exec(text)?.[1] ?? text;
  const body = objectIn(data);
  const result = body?.['result'] as { readonly tools?: readonly unknown[] } | undefined;
  if (status === 200 && result?.tools !== undefined) {
    if (result.tools.length > 0) return [];
    return [say.warning('tools/list', 'is empty', 'see /status for the servers and their errors')];
  }
  const [message, mend] = reasons[status] ?? ['is no MCP answer', 'name the path of an endpoint'];
  const error = body?.['error'] as { readonly message?: unknown } | undefined;
  const said = typeof error?.message === 'string' ? ` (${error.message})` : '';
  return [say.error('tools/list', `answers ${status}: ${message}${said}`, mend)];
}

const reasons: Readonly<Record<number, readonly [message: string, mend: string]>> = {
  401: ['the token is refused', 'the log of the plugin server says why: token_refused'],
  403: [
    'nobody has identified the caller, or scopes are missing',
    'put mcp-oauth or another authentication plugin on the route; give the token its scopes',
  ],
  404: [
    'Kong has no route with this path',
    'name the path that the route has, or add it to the route’s paths',
  ],
  500: [
    'the plugin server cannot be reached by Kong',
    'start it, and look at the rights of its socket: --conf kong.conf',
  ],
  502: ['nothing answers behind the route', 'put mcp-aggregate on the route'],
  503: ['not served', 'see refused_configurations of /status: --operations URL'],
};

import type { IncomingMessage, ServerResponse } from 'node:http';

/** Where clients register; the adapted request goes to the same path with a query. */
export const registrationPath = '/reg';

const maxBytes = 65_536;
const servedGrants = new Set<unknown>(['authorization_code', 'refresh_token']);

/**
 * Dynamic registration (RFC 7591) as MCP clients use it. oidc-provider refuses metadata it does not
 * serve, where the RFC lets a server replace it, and has no CORS here, which a client in a browser
 * needs before it has an id.
 */
export async function serveRegistration(
  issuer: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('access-control-allow-origin', '*');
  if (request.method === 'OPTIONS') {
    response.setHeader('access-control-allow-methods', 'POST');
    response.setHeader('access-control-allow-headers', 'content-type, mcp-protocol-version');
    response.writeHead(204).end();
    return;
  }
  const answer = await fetch(`${issuer}${registrationPath}?adapted`, {
    method: request.method ?? 'POST',
    headers: { 'content-type': 'application/json' },
    ...(request.method === 'POST' ? { body: adapt(await read(request)) } : {}),
  });
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
  });
  response.end(await answer.text());
}

/**
 * Leaves grants out that are not served, and takes an app on the user's machine for what it is. The
 * scopes are left open: clients register with those of their first challenge, and being held to them
 * could never step up.
 */
function adapt(text: string): string {
  const metadata: unknown = parse(text);
  if (metadata === null || typeof metadata !== 'object') return text;
  const { scope: _, ...open } = metadata as Record<string, unknown>;
  const { grant_types: grants, redirect_uris: uris } = open;
  const own = Array.isArray(uris) && uris.length > 0 && !uris.every(isRemote);
  return JSON.stringify({
    ...open,
    ...(Array.isArray(grants)
      ? { grant_types: grants.filter((one) => servedGrants.has(one)) }
      : {}),
    ...(own ? { application_type: 'native' } : {}),
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRemote(uri: unknown): boolean {
  return typeof uri === 'string' && uri.startsWith('https:');
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error('the registration is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

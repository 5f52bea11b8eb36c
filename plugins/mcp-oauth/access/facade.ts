import { answeredElsewhere } from '../../../lib/handles/answered-elsewhere.js';
import { callerHandleKey } from '../../../lib/handles/handles.js';
import type { KongPort } from '../../../lib/kong/kong-port.js';
import type { Reply } from '../core/challenge/reply.js';
import { facadeAsked } from '../core/facade/facade-asked.js';
import type { FacadeEndpoint } from '../core/facade/facade-paths.js';
import type { OAuthConfig } from '../core/oauth-config.js';
import { Door, doorTicketHeader } from '../endpoint/door.js';
import { FacadeRuntimes } from '../io/facade/facade-runtimes.js';
import { countDecision } from '../io/figures.js';
import { RootClaims } from '../io/facade/root-claims.js';

const now = (): number => Date.now();
const door = new Door(now);
const rootClaims = new RootClaims(now);
const runtimes = new FacadeRuntimes({ now });

/** What becomes of a request to the facade of this configuration; undefined where it is none. */
export type FacadeRuling =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'endpoint'; readonly endpoint: FacadeEndpoint };

/** Whether the facade of this configuration answers the request. */
export function askFacade(
  config: OAuthConfig,
  { method, path }: { readonly method: string; readonly path: string },
): FacadeRuling | undefined {
  const { facade } = config;
  if (facade === undefined) return undefined;
  const resource = String(config.metadata['resource']);
  // Renewed by every request of the endpoint, so that a plugin that is gone lapses.
  const claims = facade.servesRoot || new URL(resource).pathname === '/';
  const alone = claims ? rootClaims.claim(resource) : true;
  return facadeAsked({ resource, facade }, method, path, () => alone);
}

/** Has Kong take the request to the door, behind its own plugins. */
export async function showToDoor(
  kong: KongPort,
  config: OAuthConfig,
  endpoint: FacadeEndpoint,
): Promise<void> {
  const facade = runtimes.facadeFor(config);
  const ticket = door.ticket(async (request) => {
    const reply = await facade(endpoint, request);
    countDecision({ kind: 'reply', reply });
    return reply;
  });
  const port = await door.port();
  await Promise.all([
    kong.service.setTarget('127.0.0.1', port),
    kong.service.request.setScheme('http'),
    kong.service.request.setHeader(doorTicketHeader, ticket),
    kong.ctx.shared.set(callerHandleKey, answeredElsewhere),
  ]);
}

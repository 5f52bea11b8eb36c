import type { ServerConfig } from '../../../config/config.js';
import { protocolBroken } from '../../failure/failures.js';

/** Longer addresses fit no request line that servers take, in bytes. */
const longest = 4096;

/**
 * Where messages to a server of the transport of 2024-11-05 go, by its `endpoint` event: path and
 * query. Credentials go there, so it must be of the server's own origin. Behind a route of Kong only
 * the query is the server's word: by another path it could lead its calls to another route.
 * @param said data of the event
 * @throws McpError `upstream_protocol`
 */
export function messagePlace(
  { name, target, route }: Pick<ServerConfig, 'name' | 'target' | 'route'>,
  said: string,
): string {
  const broken = (why: string) =>
    protocolBroken(name, `names, by its endpoint event, an address for messages ${why}`);
  if (said.length > longest) throw broken(`of more than ${longest} bytes`);
  if (said === '' || !URL.canParse(said, target)) throw broken('that is none');
  const server = new URL(target);
  const url = new URL(said, target);
  if (route) {
    if (route.messagePath !== undefined) return `${route.messagePath}${url.search}`;
    if (url.pathname === server.pathname) return `${server.pathname}${url.search}`;
    throw broken(
      'other than the path of its route: set route.message_path to where Kong serves it',
    );
  }
  if (url.origin !== server.origin) {
    throw broken('of another origin: what is sent there, credentials too, would leave the server');
  }
  if (url.username !== '' || url.password !== '') throw broken('that holds credentials');
  return `${url.pathname}${url.search}`;
}

import { protocolBroken } from '../failure/failures.js';

/**
 * Visible ASCII (requirement H34), and short enough to be sent with every request. Servers without
 * sessions may send an empty one.
 * @throws McpError `upstream_protocol`
 */
export function readSessionId(
  server: string,
  header: string | string[] | undefined,
): string | undefined {
  if (header === undefined || header === '') return undefined;
  if (typeof header === 'string' && /^[\x21-\x7e]{1,1024}$/.test(header)) return header;
  throw protocolBroken(server, 'sent a session id that is not visible ASCII');
}

import { readPlugin } from './validate/read-plugin.js';

/**
 * Why mcp-aggregate would refuse this server, by its schema rules and its own reader, as
 * `field: reason`; undefined where it takes it. Names of servers are unlike one another already, so
 * each can be read alone.
 */
export function refusalOf(server: { readonly name: string }): string | undefined {
  const [first] = readPlugin('mcp-aggregate', { servers: [server] }).errors;
  if (first === undefined) return undefined;
  const [place, message] = first;
  // `servers` and the number say nothing here.
  const field = place.slice(2).join('.');
  if (field !== '') return `${field}: ${message}`;
  return message.replaceAll(`servers[${server.name}]`, '').replace(/^\./, '');
}

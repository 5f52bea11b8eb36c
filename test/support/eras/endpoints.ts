import { startGateway } from '../gateway/gateway.js';
import type { Gateway, Places } from '../gateway/gateway.js';
import { untilListed } from '../rig/listed.js';
import { endpoint } from '../rig/services.js';
import { modernRevision } from './recorded.js';

/** Configuration of one server of an endpoint. */
export type Entry = Readonly<Record<string, unknown>> & { readonly name: string };

export interface Endpoints {
  readonly gateway: Gateway;
  /** Address of each endpoint by its name. */
  at(name: string): string;
  stop(): Promise<void>;
}

type Servers = readonly Entry[];
type Configuration = Readonly<Record<string, unknown>> & {
  readonly servers: Servers;
  readonly protocol_versions?: readonly string[];
};
type Given = Servers | Configuration | ((places: Places) => Servers);

/**
 * One gateway with an open endpoint of these servers for each name; all servers are trusted. Settles
 * when the endpoints that serve sessions list something of each of their servers.
 */
export async function startEndpoints(
  endpoints: Readonly<Record<string, Given>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Endpoints> {
  const servers = new Map<string, Servers>();
  const service = (name: string, given: Given, places: Places): object => {
    const listed = typeof given === 'function' ? given(places) : given;
    const own: Configuration = 'servers' in listed ? listed : { servers: listed };
    if (own.protocol_versions?.every((one) => one === modernRevision) !== true) {
      servers.set(name, own.servers);
    }
    const trusted = own.servers.map((server) => ({ trusted: true, ...server }));
    const aggregate = { anonymous: true, ...own, servers: trusted };
    return endpoint({ name, path: `/${name}`, aggregate });
  };
  const gateway = await startGateway({
    declarative: (places) => ({
      services: Object.entries(endpoints).map(([name, given]) => service(name, given, places)),
    }),
    env,
  });
  const at = (name: string) => gateway.at(`/${name}`);
  try {
    for (const [name, listed] of servers) {
      const prefixes = listed.map((server) => `${server.name}__`);
      await untilListed(at(name), prefixes);
    }
  } catch (error) {
    await gateway.stop();
    throw error;
  }
  return { gateway, at, stop: () => gateway.stop() };
}

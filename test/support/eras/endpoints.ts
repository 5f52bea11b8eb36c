import { startGateway } from '../gateway/gateway.js';
import type { Gateway } from '../gateway/gateway.js';
import { untilListed } from '../rig/listed.js';
import { endpoint } from '../rig/services.js';

/** Configuration of one server of an endpoint. */
export type Entry = Readonly<Record<string, unknown>> & { readonly name: string };

export interface Endpoints {
  readonly gateway: Gateway;
  /** Address of each endpoint by its name. */
  at(name: string): string;
  stop(): Promise<void>;
}

/** One gateway with an open endpoint of these servers for each name; all servers are trusted. */
export async function startEndpoints(
  endpoints: Readonly<Record<string, readonly Entry[] | Readonly<Record<string, unknown>>>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Endpoints> {
  const configurations = Object.entries(endpoints).map(([name, given]) => {
    const own = Array.isArray(given) ? { servers: given as readonly Entry[] } : given;
    const servers = (own as { servers: readonly Entry[] }).servers;
    const trusted = servers.map((server) => ({ trusted: true, ...server }));
    return { name, aggregate: { anonymous: true, ...own, servers: trusted } };
  });
  const gateway = await startGateway({
    declarative: {
      services: configurations.map(({ name, aggregate }) =>
        endpoint({ name, path: `/${name}`, aggregate }),
      ),
    },
    env,
  });
  const at = (name: string) => gateway.at(`/${name}`);
  for (const { name, aggregate } of configurations) {
    await untilListed(
      at(name),
      aggregate.servers.map((server) => `${server.name}__`),
    );
  }
  return { gateway, at, stop: () => gateway.stop() };
}

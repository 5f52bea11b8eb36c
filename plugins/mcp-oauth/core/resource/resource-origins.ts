import { ConfigError } from '../../../../lib/errors/errors.js';
import type { OAuthConfig } from '../oauth-config.js';
import { errorReply } from '../challenge/reply.js';
import type { Reply } from '../challenge/reply.js';
import { secureUrl } from './urls.js';

/**
 * Origins in canonical form, told apart by host name alone: the name is what Kong forwards surely,
 * where a proxy in front may hide scheme and port.
 * @throws ConfigError naming `field`
 */
export function readOrigins(field: string, texts: readonly string[]): readonly URL[] {
  const urls = texts.map((text) => {
    const url = secureUrl(field, text);
    if (text !== url.origin) throw new ConfigError(field, `must be written ${url.origin}`);
    return url;
  });
  const hosts = urls.map(({ hostname }) => hostname);
  const twice = hosts.find((host, at) => hosts.indexOf(host) !== at);
  if (twice !== undefined) throw new ConfigError(field, `names the host ${twice} twice`);
  return urls;
}

/**
 * `config` as it stands under each origin, by host name. A token for the resource of one is not a
 * token for another's, so each has a hash of its own: nothing verified is shared.
 */
export function configPerHost(
  config: OAuthConfig,
  path: string,
  origins: readonly URL[],
): ReadonlyMap<string, OAuthConfig> {
  const at = ({ origin }: URL): OAuthConfig => {
    const resource = `${origin}${path}`;
    const issuer = config.facade === undefined ? {} : { authorization_servers: [resource] };
    return Object.freeze({
      ...config,
      audiences: [resource, ...config.audiences.slice(1)],
      origin,
      metadataUrl: `${origin}${config.metadataPath}`,
      facade: config.facade?.audienceFollows
        ? { ...config.facade, audience: resource }
        : config.facade,
      metadata: Object.freeze({ ...config.metadata, ...issuer, resource }),
      hash: `${config.hash} ${origin}`,
    });
  };
  return new Map(origins.map((url) => [url.hostname, at(url)]));
}

/** The configuration for the host a request was sent to; undefined where it is not one of ours. */
export function configAt(config: OAuthConfig, host: string | undefined): OAuthConfig | undefined {
  if (config.perHost === undefined) return config;
  return config.perHost.get(host?.toLowerCase() ?? '');
}

/** The answer to a request sent to a host that is none of the endpoint's (RFC 9110 §15.5.20). */
export function misdirected(): Reply {
  return errorReply(421, 'misdirected_request', 'this endpoint does not serve the host asked for');
}

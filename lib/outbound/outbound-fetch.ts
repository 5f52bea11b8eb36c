import { isIP } from 'node:net';
import { Agent, EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';
import type { Dispatcher } from 'undici';
import { addressRule } from './address-rule.js';
import { guardedLookup } from './guarded-lookup.js';
import type { Lookup } from './guarded-lookup.js';
import { OutboundError } from './outbound-error.js';
import { tlsOptions } from './tls-options.js';

export type Fetch = typeof globalThis.fetch;

/** How this gateway's own calls leave it. */
export interface OutboundOptions {
  /** What may be called beside public addresses; see `addressRule`. */
  readonly allow: readonly string[];
  readonly sslVerify: boolean;
  /** Certificates in PEM, trusted beside the well-known authorities. */
  readonly caCertificates?: string | undefined;
  readonly httpProxy?: string | undefined;
  /** Default `httpProxy`. */
  readonly httpsProxy?: string | undefined;
  /** Hosts called without a proxy, separated by commas. */
  readonly noProxy?: string | undefined;
  /** In place of the system's name resolution. */
  readonly lookup?: Lookup;
  /** To one origin, default 32: calls beyond them wait, and their time runs meanwhile. */
  readonly connections?: number;
}

const usualConnections = 32;

/**
 * A `fetch` for calls of our own (A25): no redirects are followed, only admitted addresses are
 * connected to. Behind a proxy names are resolved there, so that only addresses written as such, and
 * localhost, can be checked here; the proxy itself is trusted. Rejects with OutboundError
 * (`address_refused`), and otherwise as `fetch` does.
 */
export function outboundFetch(options: OutboundOptions): Fetch {
  const allows = addressRule(options.allow);
  const dispatcher = newDispatcher(options);
  const call = async (input: string | URL, init?: RequestInit): Promise<unknown> => {
    const url = new URL(input);
    const address = writtenAddress(url.hostname);
    if (address !== undefined && !allows(address)) {
      throw new OutboundError(
        'address_refused',
        `${url.origin} is an address that allow_private_addresses does not admit`,
      );
    }
    const own = { redirect: 'manual', dispatcher } as const;
    return undiciFetch(url, { ...(init as object), ...own });
  };
  // The same Web interface: undici's types and Node's name it twice.
  return call as Fetch;
}

/** The address a host names without any resolution; URL has unified its spellings already. */
function writtenAddress(hostname: string): string | undefined {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) return host;
  return /(?:^|\.)localhost\.?$/.test(host) ? '127.0.0.1' : undefined;
}

function newDispatcher(options: OutboundOptions): Dispatcher {
  const { httpProxy = '', httpsProxy = '', noProxy = '' } = options;
  const tls = tlsOptions(options);
  const lookup = guardedLookup(addressRule(options.allow), options.lookup);
  const { connections = usualConnections } = options;
  const direct = { connections, connect: { ...tls, lookup } };
  if (httpProxy === '' && httpsProxy === '') return new Agent(direct);
  const proxied = { ...direct, requestTls: tls, proxyTls: tls };
  return new EnvHttpProxyAgent({ ...proxied, httpProxy, httpsProxy, noProxy });
}

import { ConfigError } from '../../../lib/errors/errors.js';
import { isLoopback, secureUrl } from '../../../lib/http/secure-url.js';
import { checkOutbound } from '../../../lib/outbound/check-outbound.js';
import { wildcard } from '../../../lib/policy/pattern.js';
import type { AggregateKongConfig } from '../../../schema/mcp-aggregate.js';
import type { GuardConfig, GuardedSide } from '../core/guards/guard.js';
import { GuardSet } from '../core/guards/guard-set.js';

type KongGuard = NonNullable<AggregateKongConfig['guards']>[number];

/** Headers that the call-out sets itself. */
const ownHeaders = /^(?:host|content-.*|transfer-encoding|connection|accept)$/i;

/** @throws ConfigError naming the guard */
export function readGuards({ guards }: AggregateKongConfig) {
  // Kong hands on an empty list as `{}`.
  const given = Array.isArray(guards) ? (guards as readonly KongGuard[]) : [];
  const names = new Set<string>();
  return new GuardSet(
    given.map((guard) => {
      const field = `guards[${guard.name}]`;
      if (names.has(guard.name)) throw new ConfigError(field, 'is there twice');
      names.add(guard.name);
      return { config: readGuard(field, guard) };
    }),
  );
}

function readGuard(field: string, guard: KongGuard): GuardConfig {
  const { name, when, tools, fail, timeout, max_body: maxBytes } = guard;
  const url = secureUrl(`${field}.url`, guard.url);
  const headers = guard.headers ?? {};
  const own = Object.keys(headers).find((header) => ownHeaders.test(header));
  if (own !== undefined) throw new ConfigError(`${field}.headers`, `${own} is set by the gateway`);
  const tests = tools.map(wildcard);
  return {
    name,
    url,
    on: new Set(when as readonly GuardedSide[]),
    concerns: (tool) => tests.some((test) => test(tool)),
    failsOpen: fail === 'open',
    timeoutMs: timeout,
    maxBytes,
    headers,
    outbound: readOutbound(field, guard, url),
  };
}

/** Loopback needs no entry: what is configured to be there is meant. */
function readOutbound(field: string, guard: KongGuard, url: URL) {
  const allowed: unknown = guard.allow_private_addresses;
  const allow = Array.isArray(allowed) ? (allowed as readonly string[]) : [];
  return checkOutbound(`${field}.`, {
    allow: [...allow, ...(isLoopback(url) ? ['loopback'] : [])],
    sslVerify: guard.ssl_verify,
    caCertificates: guard.ca_certificates ?? undefined,
    httpProxy: guard.http_proxy ?? undefined,
    httpsProxy: guard.https_proxy ?? undefined,
    noProxy: guard.no_proxy ?? undefined,
  });
}

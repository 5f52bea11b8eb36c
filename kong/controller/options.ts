import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { ConfigError } from '../../lib/errors/errors.js';
import type { Place } from './run/pages.js';

/** What the command line says. */
export interface CommandOptions {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespaces: readonly string[];
  /** Admin API, without a slash at its end. */
  readonly admin: string | undefined;
  readonly adminTokenFile: string | undefined;
  readonly base: string | undefined;
  readonly operations: readonly URL[];
  readonly pollMs: number;
  readonly clusterDomain: string;
  readonly elect: boolean;
  readonly leaseNamespace: string | undefined;
  readonly leaseMs: number;
  readonly identity: string;
  readonly health: Place | undefined;
  readonly metrics: Place | undefined;
}

const options = {
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  namespace: { type: 'string', multiple: true },
  'kong-admin': { type: 'string' },
  'kong-admin-token-file': { type: 'string' },
  base: { type: 'string' },
  operations: { type: 'string', multiple: true },
  'poll-seconds': { type: 'string', default: '5' },
  'cluster-domain': { type: 'string', default: '' },
  'no-leader-election': { type: 'boolean', default: false },
  'lease-namespace': { type: 'string' },
  'lease-seconds': { type: 'string', default: '15' },
  health: { type: 'string', default: '0.0.0.0:8081' },
  metrics: { type: 'string', default: '0.0.0.0:8082' },
} as const;

/** @throws ConfigError naming the option */
export function readOptions(args: string[]): CommandOptions {
  const { values } = parseArgs({ args, options });
  const domain = values['cluster-domain'].replace(/^\.+|\.+$/g, '');
  if (!/^[a-z0-9.-]*$/.test(domain)) throw new ConfigError('--cluster-domain', 'is no domain');
  if (values.base !== undefined && values['kong-admin'] === undefined) {
    throw new ConfigError('--base', 'goes together with --kong-admin');
  }
  const admin = values['kong-admin'];
  return {
    kubeconfig: values.kubeconfig,
    context: values.context,
    namespaces: [...new Set((values.namespace ?? []).flatMap((one) => one.split(',')))].filter(
      Boolean,
    ),
    admin: admin === undefined ? undefined : origin('--kong-admin', admin).href.replace(/\/$/, ''),
    adminTokenFile: values['kong-admin-token-file'],
    base: values.base,
    operations: (values.operations ?? []).map((one) => origin('--operations', one)),
    pollMs: seconds('--poll-seconds', values['poll-seconds'], 1, 300),
    clusterDomain: domain === '' ? '' : `.${domain}`,
    elect: !values['no-leader-election'],
    leaseNamespace: values['lease-namespace'],
    leaseMs: seconds('--lease-seconds', values['lease-seconds'], 3, 300),
    identity: `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
    health: place('--health', values.health),
    metrics: place('--metrics', values.metrics),
  };
}

function origin(option: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!/^https?:$/.test(url?.protocol ?? '') || url === undefined) {
    throw new ConfigError(option, 'must be an http(s) URL');
  }
  if (url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new ConfigError(option, 'must have no user, query or fragment');
  }
  return url;
}

function seconds(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!(value >= least && value <= most)) {
    throw new ConfigError(option, `must be ${least} to ${most} seconds`);
  }
  return Math.round(value * 1000);
}

function place(option: string, text: string): Place | undefined {
  if (text === 'off') return undefined;
  const found = /^(?:\[([0-9a-f:]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(text);
  const port = Number(found?.[3]);
  if (found === null || port > 65_535) throw new ConfigError(option, 'must be HOST:PORT, or off');
  return { host: found[1] ?? found[2] ?? '', port };
}

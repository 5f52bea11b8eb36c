import { log } from '../../../lib/log.js';
import type { Metadata } from '../core/resources.js';
import type { KubeClient } from './client.js';
import { statusOf } from './kube-error.js';
import { pathOf } from './kinds.js';
import { pause } from './pause.js';

interface Lease {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly renewTime?: string;
    readonly acquireTime?: string;
    readonly leaseTransitions?: number;
  };
}

export interface LeaseOptions {
  readonly namespace: string;
  readonly name: string;
  /** Who this is: unique. */
  readonly identity: string;
  /** How long a holder that is silent is believed, in milliseconds. */
  readonly durationMs: number;
}

const kind = { apiVersion: 'coordination.k8s.io/v1', plural: 'leases' };

/**
 * One leader among several controllers. A holder is taken for gone when its lease has not changed for
 * its whole duration on our own clock: clocks of others do not count.
 */
export class LeaderLease {
  readonly #client: KubeClient;
  readonly #options: LeaseOptions;
  #seen: { readonly version: string; readonly at: number } | undefined;
  #renewedAt = -Infinity;

  constructor(client: KubeClient, options: LeaseOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Whether this is the leader for sure, now. */
  get held(): boolean {
    return performance.now() - this.#renewedAt < this.#options.durationMs * 0.8;
  }

  /** Strives for the lease and renews it until the signal; then gives it up. */
  async run(signal: AbortSignal, onChange: (held: boolean) => void): Promise<void> {
    let told = false;
    const { durationMs } = this.#options;
    while (!signal.aborted) {
      await this.#try().catch((error: unknown) => {
        log('warn', 'lease_failed', { reason: (error as Error).message.slice(0, 200) });
      });
      if (this.held !== told) {
        told = this.held;
        log('info', told ? 'leading' : 'not_leading', { identity: this.#options.identity });
        onChange(told);
      }
      await pause(told ? durationMs / 3 : durationMs / 6, signal);
    }
    if (this.held) await this.#release().catch(() => undefined);
  }

  async #try(): Promise<void> {
    const at = performance.now();
    const lease = await this.#read();
    if (lease === undefined) {
      await this.#write('POST', undefined);
      this.#renewedAt = at;
      return;
    }
    const version = lease.metadata.resourceVersion ?? '';
    if (this.#seen?.version !== version) this.#seen = { version, at };
    const { holderIdentity = '', leaseDurationSeconds = 0 } = lease.spec ?? {};
    const own = holderIdentity === this.#options.identity;
    const gone =
      at - this.#seen.at > Math.max(leaseDurationSeconds * 1000, this.#options.durationMs);
    if (!own && holderIdentity !== '' && !gone) return;
    await this.#write('PUT', lease);
    this.#renewedAt = at;
  }

  async #read(): Promise<Lease | undefined> {
    const path = pathOf(kind, this.#options.namespace, this.#options.name);
    try {
      return await this.#client.send<Lease>({ method: 'GET', path });
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** A write of somebody else in between is a conflict, and loses nothing. */
  async #write(method: 'POST' | 'PUT', before: Lease | undefined, holder?: string): Promise<void> {
    const { namespace, name, identity, durationMs } = this.#options;
    const holderIdentity = holder ?? identity;
    const now = new Date().toISOString().replace('Z', '000Z');
    const same = before?.spec?.holderIdentity === holderIdentity;
    const spec = {
      holderIdentity,
      leaseDurationSeconds: Math.max(1, Math.round(durationMs / 1000)),
      renewTime: now,
      acquireTime: same ? (before?.spec?.acquireTime ?? now) : now,
      leaseTransitions: (before?.spec?.leaseTransitions ?? 0) + (same ? 0 : 1),
    };
    const metadata = { namespace, name, ...resourceVersionOf(before) };
    const path = pathOf(kind, namespace, method === 'PUT' ? name : undefined);
    const body = { apiVersion: kind.apiVersion, kind: 'Lease', metadata, spec };
    await this.#client.send({ method, path, body });
  }

  async #release(): Promise<void> {
    const lease = await this.#read();
    if (lease?.spec?.holderIdentity !== this.#options.identity) return;
    this.#renewedAt = -Infinity;
    await this.#write('PUT', lease, '');
  }
}

function resourceVersionOf(lease: Lease | undefined) {
  const version = lease?.metadata.resourceVersion;
  return version === undefined ? {} : { resourceVersion: version };
}

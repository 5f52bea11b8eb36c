import { log } from '../../../../lib/log.js';
import { IssuerUnavailable } from '../issuer-unavailable.js';
import { Outage } from '../outage.js';

export interface KeptOptions<T> {
  readonly issuer: string;
  /** Rejects with IssuerUnavailable. */
  readonly load: () => Promise<T>;
  readonly ttlMs: number;
  /** How long an old value serves while no newer one can be had. */
  readonly staleMs: number;
  /** Clock in milliseconds. */
  readonly now: () => number;
  /** Least time between a failed load and the next; default 1,000. */
  readonly retryMs?: number;
}

/**
 * What an issuer publishes, loaded by one request at a time and kept. While the issuer fails, the
 * old value serves and it is asked once a second at most, without anybody waiting for that.
 */
export function kept<T>(options: KeptOptions<T>): () => Promise<T> {
  const { issuer, load, ttlMs, staleMs, now } = options;
  const outage = new Outage(now, options.retryMs ?? 1000, 1);
  let known: { readonly value: T; readonly at: number } | undefined;
  let loading: Promise<T> | undefined;

  const renew = async (): Promise<T> => {
    if (outage.pausing) throw new IssuerUnavailable('a load has just failed');
    try {
      const value = await load();
      known = { value, at: now() };
      outage.succeeded();
      return value;
    } catch (error) {
      if (error instanceof IssuerUnavailable && !outage.failing) {
        log('warn', 'facade_issuer_unavailable', { issuer, reason: error.message });
      }
      outage.failed();
      throw error;
    }
  };
  return () => {
    if (known !== undefined && now() - known.at < ttlMs) return Promise.resolve(known.value);
    loading ??= renew().finally(() => (loading = undefined));
    if (known === undefined || now() - known.at >= ttlMs + staleMs) return loading;
    const { value } = known;
    const renewed = loading.catch(() => value);
    return outage.failing ? Promise.resolve(value) : renewed;
  };
}

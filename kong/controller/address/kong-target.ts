import { AdminApi } from '../../apply/admin-api.js';
import { applyToKong } from '../../apply/apply.js';
import { ApplyError } from '../../apply/apply-error.js';
import type { KongAddress } from '../../apply/kong-address.js';
import { isMembers, textIn } from '../../apply/members.js';
import { log } from '../../../lib/log.js';
import { ownTag } from '../core/kong-document.js';
import type { KongDocument } from '../core/kong-document.js';
import type { AddressState } from '../core/snapshot.js';

const none: ReadonlySet<string> = new Set();

/** A Kong by address, and what it is known to serve. */
export class KongTarget {
  readonly #kong: KongAddress;
  readonly #whole: boolean;
  #state: AddressState | undefined;
  /** What a Kong without a database calls the configuration that it took last. */
  #hash: string | undefined;

  /** @param whole whether a Kong without a database serves nothing but what comes from here */
  constructor(kong: KongAddress, whole: boolean) {
    this.#kong = kong;
    this.#whole = whole;
  }

  /** Undefined as long as nothing is known. */
  get state(): AddressState | undefined {
    return this.#state;
  }

  /** Whether Kong has taken this document. */
  has({ digest }: KongDocument): boolean {
    return this.#state?.digest === digest;
  }

  /**
   * Has Kong serve the document. What it does not take changes nothing there.
   * @throws ApplyError
   */
  async bringUp(wanted: KongDocument, signal: AbortSignal): Promise<void> {
    const { document, digest, labels, entries } = wanted;
    const asked = { document, tag: ownTag, whole: this.#whole };
    try {
      const { mode, changes } = await applyToKong(this.#kong, asked, signal);
      this.#hash = mode === 'off' ? await this.#configurationHash(signal) : undefined;
      this.#state = { digest, labels, entries };
      const endpoints = labels.size;
      log('info', 'kong_configured', {
        digest: digest.slice(0, 12),
        endpoints,
        changes: changes.length,
      });
    } catch (error) {
      // Whatever cannot be reached still serves what it took.
      const passing = error instanceof ApplyError && error.passing;
      const reason = (error as Error).message.slice(0, 600);
      const { labels: kept = none, entries: still = none } = this.#state ?? {};
      this.#state = { labels: kept, entries: still, error: reason };
      log(passing ? 'info' : 'warn', 'kong_not_configured', { reason });
      throw error;
    }
  }

  /** Whether Kong still has what it took: it may have been restarted, or configured by somebody else. */
  async keeps(signal: AbortSignal): Promise<boolean> {
    if (this.#hash === undefined) return true;
    const hash = await this.#configurationHash(signal);
    if (hash === undefined || hash === this.#hash) return true;
    log('warn', 'kong_configuration_lost');
    this.#hash = undefined;
    return false;
  }

  async #configurationHash(signal: AbortSignal): Promise<string | undefined> {
    const { status, body } = await new AdminApi(this.#kong, signal).ask('GET', 'status');
    return status === 200 && isMembers(body) ? textIn(body, 'configuration_hash') : undefined;
  }
}

import { textFormat } from '../../../lib/metrics/text-format.js';
import { version } from '../../../lib/version.js';
import { visibleJson } from '../../../lib/visible.js';

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** What readiness waits for, nothing where all is ready; and what else is worth saying of it. */
export interface Readiness {
  readonly missing: readonly string[];
  readonly beside?: object;
}

/** What pages are made of. */
export interface PageSource {
  readiness(): Promise<Readiness>;
  /** Members of `/status` besides those of every process. */
  status(): Promise<object>;
  /** In the text format. */
  metrics(): Promise<string>;
}

const json = 'application/json';
/** However often somebody asks, a page is made once in this time, in milliseconds. */
const freshMs = 1_000;

/** What the operations listener shows. */
export class Pages {
  readonly #source: PageSource;
  readonly #kept = new Map<string, { readonly page: Promise<Page>; readonly at: number }>();
  #hindrance: string | undefined = 'the plugin server is starting';

  constructor(source: PageSource) {
    this.#source = source;
  }

  /** Kong can reach the plugins. */
  serving(): void {
    this.#hindrance = undefined;
  }

  /** From here on not ready, so that nothing new is sent here. */
  stopping(): void {
    this.#hindrance = 'the plugin server is stopping';
  }

  /** Undefined where there is no such page. */
  async at(path: string): Promise<Page | undefined> {
    switch (path) {
      case '/health':
        return asJson(200, { status: 'ok' });
      case '/ready':
        return this.#ready();
      case '/status':
        return this.#fresh(path, async () => asJson(200, await this.#status()));
      case '/metrics':
        return this.#fresh(path, async () => ({
          status: 200,
          type: textFormat,
          body: await this.#source.metrics(),
        }));
      default:
        return undefined;
    }
  }

  #fresh(path: string, make: () => Promise<Page>): Promise<Page> {
    const kept = this.#kept.get(path);
    const now = performance.now();
    if (kept !== undefined && now - kept.at < freshMs) return kept.page;
    const page = make();
    this.#kept.set(path, { page, at: now });
    return page;
  }

  async #readiness(): Promise<Readiness> {
    if (this.#hindrance !== undefined) return { missing: [this.#hindrance] };
    return this.#source.readiness();
  }

  async #ready(): Promise<Page> {
    const { missing, beside = {} } = await this.#readiness();
    return missing.length === 0
      ? asJson(200, { ready: true, ...beside })
      : asJson(503, { ready: false, missing, ...beside });
  }

  async #status(): Promise<object> {
    const [{ missing }, status] = await Promise.all([this.#readiness(), this.#source.status()]);
    return {
      version,
      node: process.version,
      uptime_seconds: Math.round(process.uptime()),
      ready: missing.length === 0,
      ...status,
    };
  }
}

function asJson(status: number, value: object): Page {
  return { status, type: json, body: `${visibleJson(value, 2)}\n` };
}

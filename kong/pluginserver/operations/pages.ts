import { textFormat } from '../../../lib/metrics/text-format.js';
import { version } from '../../../lib/version.js';
import { visibleJson } from '../../../lib/visible.js';
import type { DetailsAsked } from '../instances/load-plugins.js';
import { consolePage } from './console-page.js';
import type { Page } from './page.js';
import type { PlaygroundOptions } from './playground.js';

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
  /** Tools of one server in full, undefined where there is no such server. */
  details(asked: DetailsAsked): Promise<object | undefined>;
  /** In the text format. */
  metrics(): Promise<string>;
}

const json = 'application/json';
/** However often somebody asks, a page is made once in this time, in milliseconds. */
const freshMs = 1_000;
/** Pages that are kept for that time; a page of one server has up to a megabyte. */
const mostKept = 8;

interface Kept {
  readonly page: Promise<Page>;
  readonly at: number;
}

/** What the operations listener shows. */
export class Pages {
  readonly #source: PageSource;
  readonly #playground: PlaygroundOptions | undefined;
  readonly #kept = new Map<string, Kept>();
  #hindrance: string | undefined = 'the plugin server is starting';

  /** @param playground what that page may call; without it there is none */
  constructor(source: PageSource, playground?: PlaygroundOptions) {
    this.#source = source;
    this.#playground = playground;
  }

  /** Kong can reach the plugins. */
  serving(): void {
    this.#hindrance = undefined;
  }

  /** From here on not ready, so that nothing new is sent here. */
  stopping(): void {
    this.#hindrance = 'the plugin server is stopping';
  }

  /** Undefined where there is no such page. `query` is what follows the question mark. */
  async at(path: string, query = ''): Promise<Page | undefined> {
    switch (path) {
      case '/health':
        return asJson(200, { status: 'ok' });
      case '/ready':
        return this.#ready();
      case '/status':
        return this.#fresh(path, async () => asJson(200, await this.#status()));
      case '/status/tools':
        return this.#tools(new URLSearchParams(query));
      case '/metrics':
        return this.#fresh(path, async () => ({
          status: 200,
          type: textFormat,
          body: await this.#source.metrics(),
        }));
      default:
        return consolePage(path, this.#playground);
    }
  }

  #tools(query: URLSearchParams): Promise<Page | undefined> {
    const [endpoint, server] = [query.get('endpoint') ?? '', query.get('server') ?? ''];
    if (endpoint.length + server.length > 1_000) return Promise.resolve(undefined);
    return this.#fresh(JSON.stringify([endpoint, server]), async () => {
      const told = await this.#source.details({ endpoint, server });
      return told === undefined
        ? asJson(404, { error: 'no such endpoint or server' })
        : asJson(200, told, 0);
    });
  }

  #fresh(path: string, make: () => Promise<Page>): Promise<Page> {
    const kept = this.#kept.get(path);
    const now = performance.now();
    if (kept !== undefined && now - kept.at < freshMs) return kept.page;
    const page = make();
    this.#kept.delete(path);
    this.#kept.set(path, { page, at: now });
    const [oldest = ''] = this.#kept.keys();
    if (this.#kept.size > mostKept) this.#kept.delete(oldest);
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
      // Relative, since only who asks knows the address of this listener.
      ...(this.#playground === undefined ? {} : { playground: 'console/playground' }),
      ...status,
    };
  }
}

function asJson(status: number, value: object, indent = 2): Page {
  return { status, type: json, body: `${visibleJson(value, indent)}\n` };
}

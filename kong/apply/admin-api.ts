import { ApplyError } from './apply-error.js';
import type { KongAddress } from './kong-address.js';

/** An answer of the Admin API. */
export interface AdminAnswer {
  readonly status: number;
  /** The body where it is JSON; undefined otherwise. */
  readonly body: unknown;
}

const patienceMs = 60_000;
const mostBytes = 64 * 1024 * 1024;

/** Requests to one Admin API, each bounded in time and size; redirects are not followed. */
export class AdminApi {
  readonly #address: KongAddress;
  readonly #signal: AbortSignal | undefined;

  /** @param signal ends what is under way */
  constructor(address: KongAddress, signal?: AbortSignal) {
    this.#address = address;
    this.#signal = signal;
  }

  /**
   * @param path below the address, such as `services?tags=x`
   * @throws ApplyError `unreachable` where there is no answer or Kong says later, `not_allowed`
   */
  async ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) {
    const { url, headers } = this.#address;
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const type = body === undefined ? undefined : { 'Content-Type': 'application/json' };
    const timeout = AbortSignal.timeout(patienceMs);
    const signal = this.#signal ? AbortSignal.any([this.#signal, timeout]) : timeout;
    const init = { method, redirect: 'manual', signal, headers: { ...headers, ...type } } as const;
    try {
      const response = await fetch(`${url}/${path}`, { ...init, ...content });
      return this.#checked({ status: response.status, body: await bodyOf(response) });
    } catch (error) {
      if (error instanceof ApplyError) throw error;
      const reason = `Kong’s Admin API at ${url} gives no answer: ${reasonOf(error)}`;
      throw new ApplyError('unreachable', reason, { cause: error });
    }
  }

  #checked(answer: AdminAnswer): AdminAnswer {
    const { status } = answer;
    const { url } = this.#address;
    if (status === 401 || status === 403) {
      const message = `Kong’s Admin API at ${url} answers ${status}: it wants another token`;
      throw new ApplyError('not_allowed', message);
    }
    // 413 is an LMDB that is too small, which waiting does not mend.
    if (status === 429 || status >= 500) {
      throw new ApplyError('unreachable', `Kong’s Admin API at ${url} answers ${status}`);
    }
    return answer;
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels what is still to come.
  for await (const chunk of (response.body as AsyncIterable<Uint8Array> | null) ?? []) {
    size += chunk.length;
    if (size > mostBytes) throw new Error(`an answer of more than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return 'unknown reason';
  if (cause.name === 'TimeoutError') return `none within ${patienceMs / 1000} s`;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}

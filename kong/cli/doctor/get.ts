/** What an address answered; `text` is cut off after `mostBytes`. */
export interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const patienceMs = 15_000;
const mostBytes = 16 * 1024 * 1024;

/**
 * One request, without following redirects.
 * @throws Error that says why there is no answer
 */
export async function get(url: string | URL, init: RequestInit = {}): Promise<Got> {
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const response = await fetch(url, { redirect: 'manual', signal, ...init });
    const { status, headers } = response;
    return { status, headers, text: await textOf(response) };
  } catch (error) {
    throw new Error(reasonOf(error), { cause: error });
  }
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels what is still to come.
  for await (const chunk of body ?? []) {
    chunks.push(chunk as Uint8Array);
    size += (chunk as Uint8Array).length;
    if (size > mostBytes) break;
  }
  return Buffer.concat(chunks).toString();
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return 'no answer';
  if (cause.name === 'TimeoutError') return `no answer within ${patienceMs / 1000} s`;
  return 'code' in cause ? String(cause.code) : cause.message;
}

/** The document as an object; undefined for anything else. */
export function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

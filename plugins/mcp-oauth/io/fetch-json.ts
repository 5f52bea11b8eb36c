import { KeysUnavailable } from './keys-unavailable.js';

export type Fetch = typeof globalThis.fetch;

/** Largest document accepted from an issuer, in bytes. */
export const maxDocumentBytes = 1_048_576;

/** The server answered, but not with a usable document: another address may still have it. */
export class NoDocument extends KeysUnavailable {}

/**
 * Fetches one JSON document: status 200, no redirects, at most 1 MiB, within `signal`.
 * @throws KeysUnavailable naming the address without its query
 */
export async function fetchJson(url: URL, fetch: Fetch, signal: AbortSignal): Promise<unknown> {
  const place = `${url.origin}${url.pathname}`;
  let text: string;
  try {
    const headers = { accept: 'application/json, application/jwk-set+json' };
    const response = await fetch(url, { headers, redirect: 'manual', signal });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new NoDocument(`${place} answered ${String(response.status)}`);
    }
    text = await readText(response, place);
  } catch (error) {
    if (error instanceof KeysUnavailable) throw error;
    const why = signal.aborted ? 'did not answer in time' : 'cannot be reached';
    throw new KeysUnavailable(`${place} ${why}`, { cause: error });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new NoDocument(`${place} answered something that is not JSON`);
  }
}

async function readText(response: Response, place: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body = response.body as AsyncIterable<Uint8Array> | null;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (size > maxDocumentBytes) {
      throw new NoDocument(`${place} answered more than ${String(maxDocumentBytes)} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

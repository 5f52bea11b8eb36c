import { readEvents } from './event-stream.mjs';

/** Of one answer, however it comes, in bytes. */
export const mostBytes = 16 * 1024 * 1024;

/** What went wrong, by a code that `advice.mjs` knows; `facts` are for its words. */
export class Trouble extends Error {
  constructor(code, facts = {}) {
    super(code);
    this.name = 'Trouble';
    this.code = code;
    this.facts = facts;
  }
}

/** Nothing of this page's own goes along, and nothing is kept or followed. */
const apart = {
  credentials: 'omit',
  redirect: 'error',
  referrerPolicy: 'no-referrer',
  cache: 'no-store',
};

/**
 * Fetches with the bounds of this page.
 * @throws Trouble `unreachable` where there is no answer, or the browser does not let it be read
 */
export async function ask(fetcher, url, init = {}) {
  try {
    return await fetcher(url, { ...apart, ...init });
  } catch (error) {
    if (error?.name === 'AbortError') throw new Trouble('cancelled');
    if (error?.name === 'TimeoutError') throw new Trouble('slow', { url });
    throw new Trouble('unreachable', { url });
  }
}

/** The body as text. @throws Trouble `too_large`, `cancelled`, `cut` */
export async function textOf(answer, limit = mostBytes) {
  let text = '';
  for await (const piece of piecesOf(answer, limit)) text += piece;
  return text;
}

/** The body as JSON. @throws Trouble `not_json` besides those of `textOf` */
export async function jsonOf(answer, limit = mostBytes) {
  const text = await textOf(answer, limit);
  try {
    return JSON.parse(text);
  } catch {
    throw new Trouble('not_json', { url: answer.url, status: answer.status });
  }
}

/** JSON-RPC messages of an answer, one or as a stream of events. */
export async function* messagesOf(answer, limit = mostBytes) {
  if (!isStream(answer)) {
    const all = await jsonOf(answer, limit);
    yield* Array.isArray(all) ? all : [all];
    return;
  }
  for await (const data of readEvents(piecesOf(answer, limit))) {
    const message = parsed(data);
    if (message !== undefined) yield message;
  }
}

const isStream = (answer) =>
  /^text\/event-stream\s*(;|$)/i.test(answer.headers.get('content-type') ?? '');

function parsed(data) {
  try {
    const message = JSON.parse(data);
    return message !== null && typeof message === 'object' ? message : undefined;
  } catch {
    return undefined;
  }
}

async function* piecesOf(answer, limit) {
  const reader = answer.body?.getReader();
  if (reader === undefined) return;
  const decoder = new TextDecoder();
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await next(reader);
      if (done) break;
      bytes += value.length;
      if (bytes > limit) throw new Trouble('too_large', { limit });
      yield decoder.decode(value, { stream: true });
    }
    yield decoder.decode();
  } finally {
    // Ends the connection where the rest is not wanted.
    await reader.cancel().catch(() => undefined);
  }
}

async function next(reader) {
  try {
    return await reader.read();
  } catch (error) {
    if (error?.name === 'AbortError') throw new Trouble('cancelled');
    throw new Trouble('cut');
  }
}

import { questions } from '../../../lib/fewer-calls/questions.js';
import type { Exchange } from '../exchange.js';
import { noted } from './noted.js';

/**
 * What the function of kong/direct/fewer-calls.ts makes of `kong.ctx.shared`, in the words of the
 * stand-in.
 */

/** Kong's is random. */
const word = 'word-of-the-stand-in';
const largest = 65_536;

/** The answer to a name that only our plugins use; undefined for any other. @throws Error */
export async function answerName(exchange: Exchange, name: string): Promise<Buffer | undefined> {
  if (!exchange.answersNames || !name.startsWith('\u0001')) return undefined;
  if (name === questions.request) return texts(word, ...requestOf(exchange));
  if (name === questions.handed) return handed(exchange);
  if (!name.startsWith('\u0001!')) return undefined;
  act(exchange, Buffer.from(name));
  return Buffer.alloc(0);
}

function texts(...parts: readonly (string | Buffer)[]): Buffer {
  const pieces = parts.map((part) => Buffer.from(part as string));
  return Buffer.concat(pieces.flatMap((piece) => [Buffer.from(`${piece.length}:`), piece]));
}

function requestOf({ method, request, headers }: Exchange): string[] {
  return [method, request.url ?? '', ...headers.raw().map(lowerName)];
}

/** Names and values in turn. */
function lowerName(text: string, at: number): string {
  return at % 2 === 0 ? text.toLowerCase() : text;
}

async function handed(exchange: Exchange): Promise<Buffer> {
  const shared = exchange.shared.get('mcp_caller_handle');
  const handle = typeof shared === 'string' ? shared : '';
  const { consumer, credential } = exchange;
  const rest = handle ? [] : [consumer?.id ?? '', credential?.id ?? '', ...requestOf(exchange)];
  return texts(word, handle, ...(await bodyOf(exchange)), ...rest);
}

async function bodyOf(exchange: Exchange): Promise<readonly (string | Buffer)[]> {
  const length = Number(exchange.headers.get('content-length') ?? Number.NaN);
  if (!(length <= largest)) return ['later', ''];
  const body = await exchange.body();
  return typeof body === 'string' ? ['later', ''] : ['body', body];
}

/** Does what lib/fewer-calls/deeds.ts has written. @throws Error for what it has not */
function act(exchange: Exchange, text: Buffer): void {
  let at = 2;
  const take = (): string => {
    const colon = text.indexOf(':', at);
    const end = colon + 1 + Number(text.toString('latin1', at, colon));
    at = end;
    return text.toString('utf8', colon + 1, end);
  };
  if (take() !== word) throw new Error("a text that is none of the plugins' own");
  const logged: Record<string, string> = {};
  for (;;) {
    const deed = String.fromCharCode(text[at++]!);
    if (deed === '.') break;
    const name = take();
    if (deed === 'c') exchange.headers.delete(name);
    else if (deed === 'l') logged[name] = take();
    else if (!doWith(exchange, deed, name, take())) throw new Error('a deed that is not known');
  }
  if (Object.keys(logged).length > 0) exchange.logged['mcp'] = noted(logged);
}

function doWith(exchange: Exchange, deed: string, name: string, value: string): boolean {
  if (deed === 'h') exchange.headers.set(name, value);
  else if (deed === 's') exchange.shared.set(name, value);
  else if (deed === 'a') Object.assign(exchange, { consumer: undefined, credential: { id: name } });
  else if (deed === 't')
    Object.assign(exchange.upstream, { host: name, port: Number(value), name });
  else return false;
  return true;
}

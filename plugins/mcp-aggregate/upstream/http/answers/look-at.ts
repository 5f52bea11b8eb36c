import type { ServerConfig } from '../../../config/config.js';
import { protocolBroken } from '../../failure/failures.js';
import type { Label } from './answer-label.js';

export interface Look {
  readonly form: 'json' | 'events';
  /** What has been read, without a byte order mark and blanks in front. */
  readonly head: Buffer;
}

/** Nearly every JSON answer begins like this. */
export const brace = 0x7b;
/** Blanks before a body: some servers send them to keep a connection alive. */
const maxBlanks = 65_536;
const mark = Buffer.from([0xef, 0xbb, 0xbf]);
const lineEnds: ReadonlySet<number> = new Set(Buffer.from('\r\n'));
const blanks: ReadonlySet<number> = new Set(Buffer.from(' \t\r\n'));
const opensJson: ReadonlySet<number> = new Set(Buffer.from('{['));
/** First letters of `data`, `event`, `id` and `retry`, and of a comment: none opens JSON. */
const opensEvents: ReadonlySet<number> = new Set(Buffer.from('deir:'));

/**
 * Decides by the first byte that is not blank whether a body is JSON or an event stream; where that
 * says nothing, the label does.
 * @param first a first, not empty piece of the body; `source` has the rest
 * @throws McpError `upstream_protocol` for a body of blanks, and for one that is neither by any sign
 */
export async function lookAt(
  server: ServerConfig,
  label: Label,
  first: Buffer,
  source: AsyncIterator<Buffer>,
): Promise<Look> {
  const skipped = label === 'events' ? lineEnds : blanks;
  let head = first;
  while (isCutMark(head)) head = Buffer.concat([head, await more(server, source)]);
  if (head.subarray(0, mark.length).equals(mark)) head = head.subarray(mark.length);
  for (let passed = 0; ; head = await more(server, source)) {
    const at = head.findIndex((byte) => !skipped.has(byte));
    if (at >= 0) head = head.subarray(at);
    passed += at < 0 ? head.length : at;
    const form = at >= 0 ? formOf(head[0]!, label) : passed > maxBlanks ? label : undefined;
    if (form === 'json' || form === 'events') return { form, head };
    if (form === 'none') break;
  }
  await source.return?.();
  throw protocolBroken(server.name, 'answered with neither JSON nor an event stream');
}

function formOf(byte: number, label: Label): Label {
  if (opensJson.has(byte)) return 'json';
  if (opensEvents.has(byte)) return 'events';
  return label;
}

/** Whether these are the first bytes of a byte order mark, but not all of it. */
function isCutMark(bytes: Buffer): boolean {
  return bytes.length < mark.length && mark.subarray(0, bytes.length).equals(bytes);
}

async function more(server: ServerConfig, source: AsyncIterator<Buffer>): Promise<Buffer> {
  const next = await source.next();
  if (next.done === true) throw emptyBody(server);
  return next.value;
}

export function emptyBody(server: ServerConfig) {
  return protocolBroken(server.name, 'answered with an empty body');
}

/** The body again, from its beginning. */
export function resumed(head: Buffer, source: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  let taken = false;
  const iterator: AsyncIterator<Buffer> = {
    next() {
      if (taken) return source.next();
      taken = true;
      return Promise.resolve({ done: false, value: head });
    },
    return: () => source.return?.() ?? Promise.resolve({ done: true, value: undefined }),
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

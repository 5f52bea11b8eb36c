import { namedMembers } from '../../../../lib/json/named-members.js';
import { splice } from '../../../../lib/json/splice.js';
import type { Edit } from '../../../../lib/json/splice.js';
import type { RawJson, Span } from '../../../../lib/json/types.js';
import type { Ask, AskAnswer, InputRequest } from '../calls/call.js';
import { blockEdits, objects, objectsIn } from './uri-edits.js';
import type { Expose } from './uri-edits.js';

const sampling = 'sampling/createMessage';

/** The way of a server's URIs to the client and back. */
export interface UriMapping {
  readonly expose: Expose;
  /** The server's own URI for one that the client uses; any other URI as it is. */
  readonly restore: Expose;
}

/**
 * A server's question with the URIs that clients see, whose answer reaches the server with its own.
 * Only content of completions holds resources: roots are the client's own, and the text of a form
 * and the input of a tool are not looked into.
 */
export function rewriteAsk(ask: Ask, { expose, restore }: UriMapping): Ask {
  if (ask.method !== sampling) return ask;
  const answer = (given: AskAnswer) => {
    ask.answer('result' in given ? { result: rewriteContent(given.result, restore) } : given);
  };
  return { ...ask, params: ask.params && rewriteMessages(ask.params, expose), answer };
}

/** A question that comes as `input`, likewise. */
export function rewriteAsked(asked: InputRequest, expose: Expose): InputRequest {
  if (asked.method !== sampling || asked.params === undefined) return asked;
  return { ...asked, params: rewriteMessages(asked.params, expose) };
}

/** The client's answer to such a question, with the server's own URIs. */
export function restoreAnswer(method: string, result: RawJson, restore: Expose): RawJson {
  return method === sampling ? rewriteContent(result, restore) : result;
}

function rewriteMessages(raw: RawJson, map: Expose): RawJson {
  const members = namedMembers(raw, { start: 0, end: raw.length }, 'messages');
  return spliced(
    raw,
    objectsIn(raw, members, 'messages').flatMap((message) => contentEdits(raw, message, map)),
  );
}

function rewriteContent(raw: RawJson, map: Expose): RawJson {
  if (raw[0] !== 0x7b) return raw;
  return spliced(raw, contentEdits(raw, { start: 0, end: raw.length }, map));
}

/** One block or several, each of which may be the result of a tool with blocks of its own. */
function contentEdits(raw: RawJson, message: Span, map: Expose): Edit[] {
  const members = namedMembers(raw, message, 'content');
  const blocks = [...objects(members, 'content'), ...objectsIn(raw, members, 'content')];
  return blocks.flatMap((block) => {
    const inner = objectsIn(raw, namedMembers(raw, block, 'content'), 'content');
    return [block, ...inner].flatMap((one) => blockEdits(raw, one, map));
  });
}

function spliced(raw: RawJson, edits: readonly Edit[]): RawJson {
  return edits.length === 0 ? raw : splice(raw, edits);
}

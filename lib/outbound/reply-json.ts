import { namesOnce } from '../json/names-once.js';
import { validateJson } from '../json/scan.js';

const maxDepth = 32;
/** Nested ones included; key sets have the most. */
const mostMembers = 5_000;

/**
 * The JSON of an authorization server's answer. Every reader must read it alike, and what it costs
 * to read goes by its size: no name twice in an object, no deep nesting, no more than 5,000 members.
 * @throws Error for any other text
 */
export function replyJson(text: string): unknown {
  const bytes = Buffer.from(text);
  validateJson(bytes, { maxDepth });
  if (!namesOnce(bytes, mostMembers)) throw new Error('too many members, or a name twice');
  return JSON.parse(text) as unknown;
}

import { begin } from './under-way.js';

const waiting: (() => void)[] = [];

/** Work in slices may hold the event loop this long at a time, in milliseconds. */
const shareMs = 4;
/** One for all: this is asked after each of many things. */
const done = Promise.resolve();
/** When the present turn was given out. */
let turnBegan = -Infinity;

/**
 * Resolves in a turn of the event loop that nobody else was given: pieces of work that lists and
 * large messages do between turns never add up to one long piece.
 */
export function ownTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(giveTurn);
  });
}

/**
 * The same where the present turn has lasted for its share; at once where it has not. By time and
 * not by a count of things, since nobody knows what one of them costs: ask after each.
 * @param work what goes on in the turn, for the watchdog; and whose
 */
export function turnWhenDue(work = 'list', subject = ''): Promise<void> {
  if (performance.now() - turnBegan >= shareMs) return ownTurn().then(() => begin(work, subject));
  begin(work, subject);
  return done;
}

/** Larger bodies take milliseconds to read. */
const largeBody = 65_536;

/**
 * A body as it is, in a turn of its own where it is large: several that arrive together would else be
 * read in one turn, which everybody waits for.
 */
export function inOwnTurn(body: Buffer): Buffer | Promise<Buffer> {
  return body.length > largeBody ? ownTurn().then(() => body) : body;
}

function giveTurn(): void {
  turnBegan = performance.now();
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(giveTurn);
}

const waiting: (() => void)[] = [];

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

function giveTurn(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(giveTurn);
}

/** A run of tokens that both texts have, or one of them. */
export interface Run {
  readonly side: 'both' | 'before' | 'after';
  readonly tokens: readonly string[];
}

/** Tokens beyond what is alike at both ends that are compared one by one. */
const mostCompared = 2_000;

/** Which tokens of two sequences are alike, in order: a longest common subsequence. */
export function diffTokens(before: readonly string[], after: readonly string[]): readonly Run[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail])
    tail += 1;
  const a = before.slice(head, before.length - tail);
  const b = after.slice(head, after.length - tail);
  const runs: Run[] = [{ side: 'both', tokens: before.slice(0, head) }];
  if (a.length > mostCompared || b.length > mostCompared) {
    runs.push({ side: 'before', tokens: a }, { side: 'after', tokens: b });
  } else runs.push(...middle(a, b));
  runs.push({ side: 'both', tokens: before.slice(before.length - tail) });
  return runs.filter(({ tokens }) => tokens.length > 0);
}

function middle(a: readonly string[], b: readonly string[]): Run[] {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j;
      lengths[at] =
        a[i] === b[j]
          ? lengths[at + width + 1]! + 1
          : Math.max(lengths[at + width]!, lengths[at + 1]!);
    }
  }
  const runs: { side: Run['side']; tokens: string[] }[] = [];
  const push = (side: Run['side'], token: string) => {
    const last = runs.at(-1);
    if (last?.side === side) last.tokens.push(token);
    else runs.push({ side, tokens: [token] });
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const at = i * width + j;
    if (i < a.length && j < b.length && a[i] === b[j]) {
      push('both', a[i]!);
      i += 1;
      j += 1;
    } else if (i < a.length && (j === b.length || lengths[at + width]! >= lengths[at + 1]!)) {
      push('before', a[i]!);
      i += 1;
    } else {
      push('after', b[j]!);
      j += 1;
    }
  }
  return runs;
}

/** Words of context kept at each side of a difference. */
const context = 6;

/** Two texts of one line as one, in which `[-…-]` was and `{+…+}` is. */
export function wordDiff(before: string, after: string): string {
  const runs = diffTokens(before.split(/(?<=\s)/), after.split(/(?<=\s)/));
  const parts = runs.map(({ side, tokens }, at) => {
    if (side === 'before') return `[-${tokens.join('')}-]`;
    if (side === 'after') return `{+${tokens.join('')}+}`;
    const from = at === 0 ? Math.max(0, tokens.length - context) : 0;
    const isLast = at === runs.length - 1;
    const to = isLast ? Math.min(tokens.length, from + context) : tokens.length;
    if (from === 0 && !isLast && tokens.length > 2 * context + 1) {
      return `${tokens.slice(0, context).join('')}… ${tokens.slice(-context).join('')}`;
    }
    return `${from > 0 ? '… ' : ''}${tokens.slice(from, to).join('')}${to < tokens.length ? '…' : ''}`;
  });
  return parts.join('');
}

/** Lines that differ, of texts of several. */
export function lineDiff(before: string, after: string): readonly string[] {
  return diffTokens(before.split('\n'), after.split('\n')).flatMap(({ side, tokens }) => {
    if (side === 'both') return [];
    return tokens.map((line) => `${side === 'before' ? '-' : '+'} ${line}`);
  });
}

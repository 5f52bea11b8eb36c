import { isMembers } from '../../apply/members.js';
import { visible } from '../../../lib/visible.js';
import { lineDiff, wordDiff } from './text-diff.js';

const longestValue = 200;

/** What differs between two JSON values: a few lines for each place. */
export function valueDiff(before: unknown, after: unknown, place = ''): readonly string[] {
  if (isMembers(before) && isMembers(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => {
      const at = place === '' ? key : `${place}.${key}`;
      if (!Object.hasOwn(before, key)) return [`+ ${at}: ${shown(after[key])}`];
      if (!Object.hasOwn(after, key)) return [`- ${at}: ${shown(before[key])}`];
      return valueDiff(before[key], after[key], at);
    });
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (typeof before === 'string' && typeof after === 'string') {
    if (before.includes('\n') && after.includes('\n')) {
      return [`~ ${place}:`, ...lineDiff(before, after).map((line) => `    ${visible(line)}`)];
    }
    return [`~ ${place}: ${visible(wordDiff(before, after)).replaceAll('\n', '⏎')}`];
  }
  return [`~ ${place}: ${shown(before)} → ${shown(after)}`];
}

function shown(value: unknown): string {
  const text = visible(JSON.stringify(value) ?? 'nothing');
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}

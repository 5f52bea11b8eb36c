import { afterEach, describe, expect, it, vi } from 'vitest';
import { log } from '../../../lib/log.js';
import { visible, visibleJson } from '../../../lib/visible.js';

const hostile: readonly [string, string, string][] = [
  ['a control of the second set', 'a\u009b31mb', 'a\\u{9b}31mb'],
  ['an escape', 'a\u001b[2Jb', 'a\\u{1b}[2Jb'],
  ['a carriage return', 'a\rb', 'a\\u{d}b'],
  ['a delete', 'a\u007fb', 'a\\u{7f}b'],
  ['an override of direction', 'a\u202egpj.b', 'a\\u{202e}gpj.b'],
  ['an isolate', '\u2066a\u2069', '\\u{2066}a\\u{2069}'],
  ['a line separator', 'a\u2028b\u2029c', 'a\\u{2028}b\\u{2029}c'],
  ['a next line', 'a\u0085b', 'a\\u{85}b'],
  ['zero width', 'a\u200bb\u200dc\ufeffd', 'a\\u{200b}b\\u{200d}c\\u{feff}d'],
  ['a filler', 'a\u3164b', 'a\\u{3164}b'],
  ['a tag', 'a\u{e0041}b', 'a\\u{e0041}b'],
  ['half a character', 'a\ud800b', 'a\\u{d800}b'],
];

describe('text that operators read', () => {
  it.each(hostile)('shows %s by its number', (_what, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it.each(['Größe 会议 🙂 é', 'a\nb\tc'])('leaves %j as it is', (text) => {
    expect(visible(text)).toBe(text);
  });

  it('is so at any depth of JSON', () => {
    expect(visibleJson({ a: [{ b: '\u202e' }], n: 1 })).toBe('{"a":[{"b":"\\\\u{202e}"}],"n":1}');
  });
});

describe('a line of the log', () => {
  afterEach(() => void vi.restoreAllMocks());

  it.each(hostile)('holds %s nowhere', (_what, text) => {
    const lines: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    log('warn', 'tool_refused', { item: text, more: { reason: text } });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/[^\P{C}\n]|[\u2028\u2029\u3164]|\n./u);
    expect(JSON.parse(lines[0]!)).toMatchObject({ item: visible(text) });
  });
});

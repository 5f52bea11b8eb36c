import { describe, expect, it } from 'vitest';
import { foldKey, isPlainText } from '../../../../lib/json/protocol-keys.js';

describe('foldKey', () => {
  it('joins whatever Unicode simple case folding joins, for every code point', () => {
    const candidates = new Map<string, Set<string>>();
    for (let code = 0; code <= 0x10ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const char = String.fromCodePoint(code);
      const related = [char.toLowerCase(), char.toUpperCase()];
      for (const other of [...related, ...related.map((text) => text.toLowerCase())]) {
        if (other === char || [...other].length > 1) continue;
        candidates.set(other, (candidates.get(other) ?? new Set<string>()).add(char));
      }
    }
    expect(candidates.size).toBeGreaterThan(2500);
    for (const [char, others] of candidates) {
      const folds = new RegExp(`^${escapeForPattern(char)}$`, 'iu');
      for (const other of others) {
        if (!folds.test(other)) continue;
        for (const [before, after] of [
          ['', ''],
          ['a', ''],
          ['', 'a'],
          ['a', 'a'],
        ]) {
          expect(foldKey(before + char + after)).toBe(foldKey(before + other + after));
        }
      }
    }
  });

  it.each([
    ['\u212a', 'k'],
    ['\u017f', 's'],
    ['\u1e9e', '\u00df'],
    ['\u03c2', '\u03c3'],
    ['\u03f4', '\u03b8'],
    ['\u2126', '\u03c9'],
    ['\u00b5', '\u03bc'],
    ['\u{10400}', '\u{10428}'],
  ])('joins %s and %s, as Go does', (a, b) => {
    expect(foldKey(`x${a}`)).toBe(foldKey(`x${b}`));
  });

  it('keeps apart what no parser joins', () => {
    const keys = [
      'name',
      'names',
      'name ',
      'n\u00e4me',
      'na\u0308me',
      'n-ame',
      'n_ame',
      '\uff4eame',
    ];
    expect(new Set(keys.map(foldKey)).size).toBe(keys.length);
  });
});

function escapeForPattern(char: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}

describe('isPlainText', () => {
  it.each(['', 'a', ' ', 'é', '😀', '\u2028', '\u200b', '\ufeff'])('takes %j', (text) => {
    expect(isPlainText(text)).toBe(true);
  });

  it.each([
    '\0',
    '\t',
    '\n',
    '\u001f',
    '\u007f',
    '\u0080',
    '\u009f',
    '\ud800',
    '\udc00',
    'a\udc00\ud800',
  ])('refuses %j', (text) => {
    expect(isPlainText(text)).toBe(false);
  });
});

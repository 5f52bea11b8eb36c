import type { LintRule } from './rule-ids.js';

/** Where in a text a rule applies; undefined where it does not. */
export type FindIn = (text: string) => number | undefined;

const longest = 8_192;
/** Of a run that may be encoded. */
const shortestBlob = 256;

const before = (pattern: RegExp): FindIn => {
  return (text) => {
    const at = text.search(pattern);
    return at < 0 ? undefined : at;
  };
};

/**
 * Joiners join emoji, and letters of scripts that need them; soft hyphens stand in words, a byte order
 * mark nowhere.
 */
const noWidth =
  /[\u200b\u2060-\u2064\ufeff\u034f\u180e\u115f\u1160\u3164\uffa0]|(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Gujarati}\p{Script=Mongolian}\p{M}])[\u200c\u200d]|\u00ad{2}/u;

/** What is wrong with the characters of a text, whatever it says. Each takes time linear in it. */
export const unseenRules: Readonly<Partial<Record<LintRule, FindIn>>> = {
  'hidden-tags': before(/[\u{e0000}-\u{e007f}]/u),
  'zero-width': before(noWidth),
  'variation-selectors': before(
    /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]{2}|(?<!\p{Script=Han})[\u{e0100}-\u{e01ef}]|(?<=[\p{L}\p{N}\s](?<![\d\p{Script=Han}]))[\ufe00-\ufe0e]/u,
  ),
  'bidi-control': before(/[\u202a-\u202e\u2066-\u2069]/u),

  'control-character': before(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/u),
  'long-text': (text) => (text.length > longest ? 0 : undefined),
  'encoded-blob': blobIn,
};

/** Flags of regions are written with tags, too, and end with one that says so. */
const flag = /\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{1,6}\u{e007f}/gu;

export function withoutFlags(text: string): string {
  return text.includes('\u{1f3f4}') ? text.replace(flag, '') : text;
}

function blobIn(text: string): number | undefined {
  let from = 0;
  let kinds = 0;
  for (let at = 0; at <= text.length; at++) {
    const kind = kindOf(text.charCodeAt(at));
    if (kind !== 0) {
      kinds |= kind;
      continue;
    }
    // Words of one case that are as long as this are rare, but lines drawn in texts are not.
    if (at - from >= shortestBlob && (kinds & digits) !== 0 && (kinds & letters) !== 0) return from;
    from = at + 1;
    kinds = 0;
  }
  return undefined;
}

const digits = 1;
const letters = 2;
const others = 4;

function kindOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return digits;
  if ((code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)) return letters;
  return code === 0x2b || code === 0x2f || code === 0x3d || code === 0x5f || code === 0x2d
    ? others
    : 0;
}

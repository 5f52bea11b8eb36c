import { decodeString } from '../json/members.js';
import { skipString } from '../json/skip.js';
import type { RawJson } from '../json/types.js';
import { visible } from '../visible.js';
import { lintRuleIds } from './rule-ids.js';
import type { LintRule } from './rule-ids.js';
import { unseenRules, withoutFlags } from './unseen-rules.js';
import type { FindIn } from './unseen-rules.js';
import { wordRules } from './word-rules.js';

/** Something in a definition that an operator should look at. */
export interface Finding {
  readonly rule: LintRule;
  /** What stands there, cut, with what cannot be seen made visible. */
  readonly excerpt: string;
}

export interface LintOptions {
  readonly off?: ReadonlySet<string>;
  /** Names of tools that clients see of other servers. */
  readonly others?: ReadonlySet<string>;
  /** What their names begin with. */
  readonly otherPrefixes?: readonly string[];
}

const quote = 0x22;
/** Characters of one item that are read as words; no honest one has more. */
const mostWords = 65_536;
const shown = 60;
const shortest = 4;

/**
 * Looks at all texts of an item, names of members included, in time linear in its size. One finding
 * for each rule is enough: it is somebody's cause to read the definition.
 * @param raw valid JSON
 */
export function lintItem(raw: RawJson, options: LintOptions = {}): readonly Finding[] {
  const rules = lintRuleIds.filter((rule) => options.off?.has(rule) !== true);
  const findings = new Map<LintRule, Finding>();
  const note = (rule: LintRule, text: string, at: number | undefined) => {
    if (at === undefined || findings.has(rule)) return;
    findings.set(rule, { rule, excerpt: excerptAt(text, at) });
  };
  let words = mostWords;
  for (let at = raw.indexOf(quote); at !== -1; at = raw.indexOf(quote, at)) {
    const end = skipString(raw, at);
    const text = decodeString(raw, { start: at, end });
    at = end;
    if (text.length < shortest && /^[ -~]*$/.test(text)) continue;
    for (const rule of rules) note(rule, text, findUnseen(rule, text));
    const said = plainWords(text.slice(0, words));
    words -= Math.min(words, text.length);
    for (const rule of rules) note(rule, said, wordRules[rule]?.(said));
    if (!rules.includes('other-server')) continue;
    const lead = text.slice(0, mostWords);
    note('other-server', lead, otherServerIn(lead, options));
  }
  return rules.flatMap((rule) => findings.get(rule) ?? []);
}

function findUnseen(rule: LintRule, text: string): ReturnType<FindIn> {
  const find = unseenRules[rule];
  return find?.(rule === 'hidden-tags' ? withoutFlags(text) : text);
}

/** What a reader takes it for: without what has no width, wide letters as plain ones, single spaces. */
function plainWords(text: string): string {
  return text
    .replace(/[\p{Cf}\u034f\u115f\u1160\u3164\uffa0]+/gu, '')
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/\s+/g, ' ')
    .toLowerCase();
}

const nameInText = /[A-Za-z0-9_.-]{4,128}/g;

function otherServerIn(
  text: string,
  { others, otherPrefixes = [] }: LintOptions,
): number | undefined {
  if ((others?.size ?? 0) === 0 && otherPrefixes.length === 0) return undefined;
  for (const { 0: word, index } of text.matchAll(nameInText)) {
    const name = word.replace(/^[.-]+/, '').replace(/[.-]+$/, '');
    if (others?.has(name) === true) return index;
    if (otherPrefixes.some((prefix) => name.length > prefix.length && name.startsWith(prefix))) {
      return index;
    }
  }
  return undefined;
}

function excerptAt(text: string, at: number): string {
  const from = Math.max(0, at - 10);
  return visible(text.slice(from, from + shown))
    .replace(/\s+/g, ' ')
    .slice(0, 2 * shown);
}

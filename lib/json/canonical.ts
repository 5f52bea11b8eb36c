import { canonicalNumber } from './canonical-number.js';
import { decodeString } from './members.js';
import { foldKey } from './protocol-keys.js';
import { skipSpace } from './scan.js';
import { skipString, skipValue } from './skip.js';
import type { RawJson } from './types.js';

/** How texts, numbers and the space between them are written. */
interface Form {
  readonly string: (text: string) => string;
  readonly number: (raw: string) => string;
  /** What one level is moved in by; nothing for one line without spaces. */
  readonly indent: string;
}

/** A member of an object in a canonical form. */
export interface CanonicalMember {
  readonly key: string;
  /** Key and value. */
  readonly text: string;
}

const comma = 0x2c;
const quote = 0x22;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

const exact: Form = { string: (text) => JSON.stringify(text), number: canonicalNumber, indent: '' };

/** What a reviewer does not see: as in `visible`, and what changes the look of a letter before it. */
const unseen =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Variation_Selector}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0]/gu;
const readable: Form = {
  string: readableText,
  number: (raw) => raw,
  indent: '  ',
};

/**
 * One text for all JSON texts that mean the same (as RFC 8785 has it, but for what parsers read in
 * different ways). Order of members, spaces, escapes and the spelling of numbers do not count. What
 * does: each digit of a number, and of members with one name, or names equal but for case, which come
 * first, since readers differ in which one they take.
 * @param bytes have passed `validateJson`, whose bound on depth is the one here
 */
export function canonicalJson(bytes: RawJson): string {
  return new Writer(bytes, exact).value(skipSpace(bytes, 0), '');
}

/** The members of an object, in their canonical order and text. @throws TypeError for another value */
export function canonicalMembers(bytes: RawJson): readonly CanonicalMember[] {
  const start = skipSpace(bytes, 0);
  if (bytes[start] !== openBrace) throw new TypeError('not an object');
  return new Writer(bytes, exact).members(start, '');
}

/**
 * The same for people: a line for each member, in the same order, with what cannot be seen escaped.
 * It reads back to the same canonical text.
 * @param outer what its lines but the first are moved in by
 */
export function readableJson(bytes: RawJson, outer = ''): string {
  return new Writer(bytes, readable).value(skipSpace(bytes, 0), outer);
}

/** A text as JSON, with what cannot be seen escaped. */
export function readableText(text: string): string {
  return JSON.stringify(text).replace(unseen, escaped);
}

/** One pass over the bytes; `end` is where the value read last has ended. */
class Writer {
  readonly #bytes: RawJson;
  readonly #form: Form;
  #end = 0;

  constructor(bytes: RawJson, form: Form) {
    this.#bytes = bytes;
    this.#form = form;
  }

  value(at: number, outer: string): string {
    const first = this.#bytes[at];
    if (first === openBrace) {
      const inner = outer + this.#form.indent;
      const texts = this.members(at, inner).map(({ text }) => text);
      return this.#enclosed('{', texts, '}', outer, inner);
    }
    if (first === openBracket) return this.#array(at, outer);
    if (first === quote) return this.#string(at);
    this.#end = skipValue(this.#bytes, at);
    const word = this.#bytes.toString('latin1', at, this.#end);
    return /[tfn]/.test(word[0]!) ? word : this.#form.number(word);
  }

  members(at: number, inner: string): readonly CanonicalMember[] {
    const bytes = this.#bytes;
    const members: (CanonicalMember & { readonly folded: string })[] = [];
    const between = this.#form.indent === '' ? ':' : ': ';
    let i = skipSpace(bytes, at + 1);
    while (bytes[i] !== closeBrace) {
      const end = skipString(bytes, i);
      const key = decodeString(bytes, { start: i, end });
      const name = this.#form.string(key);
      const text = name + between + this.value(skipSpace(bytes, skipSpace(bytes, end) + 1), inner);
      members.push({ key, folded: foldKey(key), text });
      i = this.#next();
    }
    this.#end = i + 1;
    return members.sort(byFolded);
  }

  #array(at: number, outer: string): string {
    const inner = outer + this.#form.indent;
    const items: string[] = [];
    let i = skipSpace(this.#bytes, at + 1);
    while (this.#bytes[i] !== closeBracket) {
      items.push(this.value(i, inner));
      i = this.#next();
    }
    this.#end = i + 1;
    return this.#enclosed('[', items, ']', outer, inner);
  }

  #string(at: number): string {
    this.#end = skipString(this.#bytes, at);
    return this.#form.string(decodeString(this.#bytes, { start: at, end: this.#end }));
  }

  /** Where the next member or item begins, or the container ends. */
  #next(): number {
    const i = skipSpace(this.#bytes, this.#end);
    return this.#bytes[i] === comma ? skipSpace(this.#bytes, i + 1) : i;
  }

  #enclosed(
    open: string,
    texts: readonly string[],
    close: string,
    outer: string,
    inner: string,
  ): string {
    if (this.#form.indent === '' || texts.length === 0) return open + texts.join(',') + close;
    return `${open}\n${inner}${texts.join(`,\n${inner}`)}\n${outer}${close}`;
  }
}

/** Stable, so that members whose names some reader takes for one keep their order. */
function byFolded(a: { readonly folded: string }, b: { readonly folded: string }): number {
  return a.folded < b.folded ? -1 : a.folded > b.folded ? 1 : 0;
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }).join('');
}

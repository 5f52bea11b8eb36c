import { canonicalNumber } from './canonical-number.js';
import { cachedKey } from './key-cache.js';
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

interface SortedMember extends CanonicalMember {
  readonly folded: string;
}

const comma = 0x2c;
const quote = 0x22;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
/** Literals, by their first byte. */
const words: readonly (string | undefined)[] = Array.from({ length: 256 }, (_, byte) =>
  ['true', 'false', 'null'].find((word) => word.charCodeAt(0) === byte),
);

const exact: Form = { string: (text) => JSON.stringify(text), number: canonicalNumber, indent: '' };

/** What a reviewer does not see: as in `visible`, and what changes the look of a letter before it. */
const unseen =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Variation_Selector}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0]/gu;
const readable: Form = { string: readableText, number: (raw) => raw, indent: '  ' };
const oneLine: Form = { ...readable, indent: '' };
/** What is moved in may have so many line breaks and spaces for each byte, and these in any case. */
const mostSpace = { eachByte: 4, more: 4_096 };

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
 * It reads back to the same canonical text. One line where it is nested so that it would be little
 * but spaces: a server could make some fifty times its bytes of it.
 * @param outer what its lines but the first are moved in by
 */
export function readableJson(bytes: RawJson, outer = ''): string {
  const start = skipSpace(bytes, 0);
  try {
    return new Writer(bytes, readable).value(start, outer);
  } catch (error) {
    if (error !== tooMuchSpace) throw error;
    return new Writer(bytes, oneLine).value(start, '');
  }
}

/** A text as JSON, with what cannot be seen escaped. */
export function readableText(text: string): string {
  return JSON.stringify(text).replace(unseen, escaped);
}

const tooMuchSpace = new RangeError('little but spaces');

/** One pass over the bytes; `end` is where the value read last has ended. */
class Writer {
  readonly #bytes: RawJson;
  readonly #form: Form;
  #end = 0;
  /** Line breaks and spaces that may still be put in. */
  #space: number;

  /** Throws `tooMuchSpace` where what is moved in would be little else. */
  constructor(bytes: RawJson, form: Form) {
    this.#bytes = bytes;
    this.#form = form;
    this.#space = bytes.length * mostSpace.eachByte + mostSpace.more;
  }

  value(at: number, outer: string): string {
    const first = this.#bytes[at]!;
    if (first === openBrace) return this.#object(at, outer);
    if (first === openBracket) return this.#array(at, outer);
    if (first === quote) return this.#string(at);
    const word = words[first];
    if (word !== undefined) {
      this.#end = at + word.length;
      return word;
    }
    this.#end = skipValue(this.#bytes, at);
    return this.#form.number(this.#bytes.toString('latin1', at, this.#end));
  }

  members(at: number, inner: string): readonly CanonicalMember[] {
    const bytes = this.#bytes;
    const members: SortedMember[] = [];
    const between = this.#form.indent === '' ? ':' : ': ';
    let isSorted = true;
    let i = skipSpace(bytes, at + 1);
    while (bytes[i] !== closeBrace) {
      const end = skipString(bytes, i);
      const key = cachedKey(bytes, i + 1, end - 1) ?? decodeString(bytes, { start: i, end });
      const name = this.#form.string(key);
      const text = name + between + this.value(skipSpace(bytes, skipSpace(bytes, end) + 1), inner);
      const member = { key, folded: foldKey(key), text };
      isSorted &&= members.length === 0 || byFolded(members.at(-1)!, member) <= 0;
      members.push(member);
      i = this.#next();
    }
    this.#end = i + 1;
    return isSorted ? members : members.sort(byFolded);
  }

  #object(at: number, outer: string): string {
    const inner = outer + this.#form.indent;
    const members = this.members(at, inner);
    if (members.length === 0) return '{}';
    const lead = this.#lineAt(inner, members.length);
    let made = `{${lead}${members[0]!.text}`;
    for (let n = 1; n < members.length; n++) made += `,${lead}${members[n]!.text}`;
    return `${made}${this.#lineAt(outer, 1)}}`;
  }

  /** By `+`, which copies nothing: what lies deep would else be copied at each level. */
  #array(at: number, outer: string): string {
    const bytes = this.#bytes;
    let i = skipSpace(bytes, at + 1);
    if (bytes[i] === closeBracket) {
      this.#end = i + 1;
      return '[]';
    }
    const inner = outer + this.#form.indent;
    let made = '[';
    for (let isFirst = true; bytes[i] !== closeBracket; isFirst = false) {
      const lead = this.#lineAt(inner, 1);
      made += `${isFirst ? '' : ','}${lead}${this.value(i, inner)}`;
      i = this.#next();
    }
    this.#end = i + 1;
    return `${made}${this.#lineAt(outer, 1)}]`;
  }

  /** A line break and what the next line is moved in by, where there are lines; put in `times`. */
  #lineAt(indent: string, times: number): string {
    if (this.#form.indent === '') return '';
    this.#space -= (indent.length + 1) * times;
    if (this.#space < 0) throw tooMuchSpace;
    return `\n${indent}`;
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
}

/** Stable, so that members whose names some reader takes for one keep their order. */
function byFolded(a: SortedMember, b: SortedMember): number {
  return a.folded < b.folded ? -1 : a.folded > b.folded ? 1 : 0;
}

function escaped(character: string): string {
  let made = '';
  for (let at = 0; at < character.length; at++) {
    made += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }
  return made;
}

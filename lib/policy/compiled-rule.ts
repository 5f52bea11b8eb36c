import type { Operation } from './operation.js';
import { wildcard } from './pattern.js';
import { fold } from './uri/fold.js';
import type { UriForms } from './uri/read-uri.js';
import { mayNameUri, uriPatterns } from './uri/uri-patterns.js';

/** Which operations a rule is about: all of them where neither is given. */
export interface Target {
  /** Methods; `*` stands for any characters. None means any. */
  readonly methods: readonly string[];
  /** Names of items as clients see them; the same. An operation without a name matches none. */
  readonly names: readonly string[];
}

/** One name that an operation may go by: that of a tool, or one form of a URI. */
export interface Reading {
  readonly name: string | undefined;
  /** All forms of the URI; undefined where it is none. */
  readonly forms: UriForms | undefined;
}

/** A rule ready to be compared with operations. */
export interface Compiled<R extends Target> {
  readonly rule: R;
  readonly index: number;
  /** Whether it is about operations of this method. */
  readonly concerns: (method: string) => boolean;
  /** Whether it is about the item, as it is read here. */
  readonly means: (reading: Reading) => boolean;
  /** Whether it is about the item however strictly its URI is read: then it may permit its use. */
  readonly names: (reading: Reading) => boolean;
  /** Whether it may be about URIs of some kind. */
  readonly aboutUris: boolean;
}

export function compileRule<R extends Target>(rule: R, index: number): Compiled<R> {
  const { methods, names } = rule;
  const concerns = anyOf(methods);
  if (names.length === 0) {
    return { rule, index, concerns, means: always, names: always, aboutUris: false };
  }
  const plain = anyOf(names);
  const uris = uriPatterns(names);
  const isPlain = ({ name }: Reading) => name !== undefined && plain(name);
  return {
    rule,
    index,
    concerns,
    means: (reading) => (reading.forms ? uris.mean(reading.name!) : isPlain(reading)),
    names: (reading) => (reading.forms ? uris.name(reading.forms) : isPlain(reading)),
    aboutUris: uriMethods.some(concerns) && names.some(mayNameUri),
  };
}

/**
 * The readings of an operation's name; undefined where its URI is unclear and a rule is about URIs.
 * @param decides whether some rule that concerns the operation is about URIs
 */
export function readingsOf(
  { name, uri }: Operation,
  decides: boolean,
): readonly Reading[] | undefined {
  if (uri === undefined) return [{ name, forms: undefined }];
  const { reading } = uri;
  if (!('unclear' in reading)) return reading.loose.map((form) => ({ name: form, forms: reading }));
  if (decides) return undefined;
  const written = fold(uri.text);
  const forms: UriForms = { loose: [written], exact: [uri.text, uri.text, uri.text] };
  return [{ name: written, forms }];
}

/** The methods whose items go by URIs. */
const uriMethods = [
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'completion/complete',
];

const always = () => true;

function anyOf(patterns: readonly string[]): (text: string) => boolean {
  if (patterns.length === 0) return always;
  const tests = patterns.map(wildcard);
  return (text) => tests.some((test) => test(text));
}

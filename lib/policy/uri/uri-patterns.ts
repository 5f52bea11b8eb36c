import { wildcard } from '../pattern.js';
import { readUriPattern } from './read-uri.js';
import type { UriForms } from './read-uri.js';

type Test = (text: string) => boolean;

/** Patterns for URIs, of one rule or filter. */
export interface UriPatterns {
  /** Whether a loose form of a URI is meant by some pattern. */
  readonly mean: Test;
  /** Whether a URI is meant by the patterns however strictly it is read. */
  readonly name: (forms: UriForms) => boolean;
}

/** @param patterns `*` stands for any text; in them as clients see URIs, or a server does */
export function uriPatterns(patterns: readonly string[]): UriPatterns {
  const read = patterns.map((pattern) => ({ pattern, ...readUriPattern(pattern) }));
  const written = read.map(({ pattern }) => pattern);
  const places = [0, 1, 2].map((place) =>
    anyOf([...written, ...read.map(({ exact }) => exact[place]!)]),
  );
  return {
    mean: anyOf(read.flatMap(({ loose }) => loose)),
    name: ({ exact }) => places.every((test, place) => test(exact[place]!)),
  };
}

function anyOf(patterns: readonly string[]): Test {
  const tests = [...new Set(patterns)].map(wildcard);
  return (text) => tests.some((test) => test(text));
}

/**
 * Whether a pattern may be about URIs, so that an unclear one cannot be decided on. Names of tools
 * have neither colon nor slash.
 */
export function mayNameUri(pattern: string): boolean {
  return /^\*|^mcp\+|[:/]/i.test(pattern);
}

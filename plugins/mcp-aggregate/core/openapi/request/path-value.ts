import { ArgumentError } from './argument-error.js';
import { flatten, refuseDelimiter } from './flatten.js';
import { percentEncoded } from './percent.js';
import type { ParameterPlan } from './request-plan.js';
import type { Value } from './values.js';

/**
 * The text of a path parameter (styles simple, label and matrix of RFC 6570).
 * @throws ArgumentError
 */
export function pathValue(plan: ParameterPlan, value: Value): string {
  const { argument, style, explode, name } = plan;
  const flat = flatten(argument, value);
  if (flat === undefined) throw new ArgumentError(argument, 'is needed in the path');
  const encode = (text: string) => {
    // nginx refuses such a path, and others end it there.
    if (text.includes('\0')) throw new ArgumentError(argument, 'must not hold NUL');
    return percentEncoded(argument, text);
  };
  const pairs = (between: string): string[] =>
    flat.form === 'map'
      ? flat.members.map(([key, text]) => encode(key) + between + encode(text))
      : [];
  const items = flat.form === 'list' ? flat.items.map(encode) : [];
  // A dot needs no escape, so that an escaped one is the same.
  if (style === 'label' && explode && flat.form !== 'text') {
    const texts = flat.form === 'list' ? flat.items : flat.members.flat();
    refuseDelimiter(argument, texts, /\./);
    return [...items, ...pairs('=')].map((part) => `.${part}`).join('');
  }
  if (style === 'matrix') {
    if (explode && flat.form !== 'text') {
      const all = flat.form === 'map' ? pairs('=') : items.map((item) => `${encode(name)}=${item}`);
      return all.map((part) => `;${part}`).join('');
    }
    return `;${encode(name)}=${flat.form === 'text' ? encode(flat.text) : [...items, ...pairs(',')].join(',')}`;
  }
  const all =
    flat.form === 'text' ? encode(flat.text) : [...items, ...pairs(explode ? '=' : ',')].join(',');
  return style === 'label' ? `.${all}` : all;
}

/**
 * The whole path, with what every reader takes for another path refused: an empty segment, and one of
 * dots alone, escaped or not (RFC 3986 §6.2.2).
 * @param parts each with the argument it came from, if any
 */
export function joinedPath(
  parts: readonly { readonly text: string; readonly argument?: string }[],
): string {
  const path = parts.map(({ text }) => text).join('');
  const isLost = path
    .slice(1)
    .split('/')
    .some((segment, index, all) => {
      const isEnd = index === all.length - 1;
      return (segment === '' && !isEnd) || segment === '.' || segment === '..';
    });
  const last = parts.at(-1);
  const endsEmpty = last?.argument !== undefined && path.endsWith('/');
  if (!isLost && !endsEmpty) return path;
  const argument = parts.find(
    ({ text, argument: from }) => from !== undefined && /^\.{0,2}$/.test(text),
  );
  const name =
    argument?.argument ?? parts.find((part) => part.argument !== undefined)?.argument ?? 'path';
  throw new ArgumentError(name, 'must not be empty, . or ..: in a path these mean another place');
}

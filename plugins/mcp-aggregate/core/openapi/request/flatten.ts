import { ArgumentError } from './argument-error.js';
import type { Value } from './values.js';

/** What a parameter holds, by the three forms that styles know. */
export type Flat =
  | { readonly form: 'text'; readonly text: string }
  | { readonly form: 'list'; readonly items: readonly string[] }
  | { readonly form: 'map'; readonly members: readonly (readonly [string, string])[] };

/**
 * A value as styles can write it: one text, a list or a map of texts.
 * @returns undefined for null, which is sent as nothing
 * @throws ArgumentError for values within values: no style writes them (RFC 6570 §2.4)
 */
export function flatten(argument: string, value: Value): Flat | undefined {
  switch (value.kind) {
    case 'null':
      return undefined;
    case 'text':
      return { form: 'text', text: value.text };
    case 'list':
      return { form: 'list', items: value.items.map((item) => textOf(argument, item)) };
    case 'map':
      return {
        form: 'map',
        members: value.members
          .filter(([, member]) => member.kind !== 'null')
          .map(([key, member]) => [key, textOf(argument, member)] as const),
      };
  }
}

function textOf(argument: string, value: Value): string {
  if (value.kind === 'text') return value.text;
  const what = value.kind === 'null' ? 'null in a list' : 'a value inside a value';
  throw new ArgumentError(argument, `holds ${what}, which this parameter cannot send`);
}

/** @throws ArgumentError where a text holds what divides texts, and cannot be told from it */
export function refuseDelimiter(
  argument: string,
  texts: readonly string[],
  delimiter: RegExp,
): void {
  const found = texts.map((text) => delimiter.exec(text)?.[0]).find((one) => one !== undefined);
  if (found === undefined) return;
  throw new ArgumentError(
    argument,
    `must not hold ${JSON.stringify(found)}: it divides values there`,
  );
}

import { ArgumentError } from './argument-error.js';
import { flatten, refuseDelimiter } from './flatten.js';
import type { Flat } from './flatten.js';
import { percentEncoded } from './percent.js';
import type { ParameterPlan } from './request-plan.js';
import type { Value } from './values.js';

export type PairPlan = Pick<
  ParameterPlan,
  'argument' | 'name' | 'style' | 'explode' | 'allowReserved'
>;

/** Names and values, neither of them escaped. */
export type Pair = readonly [name: string, value: string];

const delimiters = { form: ',', spaceDelimited: '%20', pipeDelimited: '%7C' } as const;
const inTexts = { spaceDelimited: / /, pipeDelimited: /\|/ } as const;

/**
 * The `name=value` texts of a query parameter, or of a field of a form, as they are sent.
 * @param taken names that are other parameters': members of an object must not become these
 * @throws ArgumentError
 */
export function queryPairs(plan: PairPlan, value: Value, taken: ReadonlySet<string>): string[] {
  const { argument, name, style, explode, allowReserved } = plan;
  const encode = (text: string) => percentEncoded(argument, text, allowReserved);
  const key = (text: string) => percentEncoded(argument, text);
  if (style === 'deepObject' && value.kind === 'map') {
    return deepPairs(argument, name, value).map(([at, text]) => `${key(at)}=${encode(text)}`);
  }
  const flat = flatten(argument, value);
  if (flat === undefined || isEmpty(flat)) return [];
  if (flat.form === 'text') return [`${key(name)}=${encode(flat.text)}`];
  if (style === 'spaceDelimited' || style === 'pipeDelimited') {
    refuseDelimiter(argument, textsOf(flat), inTexts[style]);
  }
  if (explode || style === 'deepObject') {
    if (flat.form === 'list') return flat.items.map((item) => `${key(name)}=${encode(item)}`);
    refuseTaken(argument, flat.members, taken, name);
    return flat.members.map(([member, text]) => `${key(member)}=${encode(text)}`);
  }
  const delimiter = delimiters[style as keyof typeof delimiters] ?? ',';
  // What is a comma of a value must not look like one between values.
  const each = textsOf(flat).map((text) => percentEncoded(argument, text));
  return [`${key(name)}=${each.join(delimiter)}`];
}

function textsOf(flat: Flat): string[] {
  if (flat.form === 'text') return [flat.text];
  return flat.form === 'list' ? [...flat.items] : flat.members.flat();
}

function isEmpty(flat: Flat): boolean {
  return (
    (flat.form === 'list' && flat.items.length === 0) ||
    (flat.form === 'map' && flat.members.length === 0)
  );
}

function refuseTaken(
  argument: string,
  members: readonly Pair[],
  taken: ReadonlySet<string>,
  own: string,
): void {
  const other = members.find(([member]) => member !== own && taken.has(member));
  if (other === undefined) return;
  throw new ArgumentError(
    argument,
    `must not have a member ${JSON.stringify(other[0])}: that is another parameter`,
  );
}

/** `name[key]=value`, and deeper ones alike, as most servers read them. */
function deepPairs(argument: string, name: string, value: Value): Pair[] {
  switch (value.kind) {
    case 'null':
      return [];
    case 'text':
      return [[name, value.text]];
    case 'list':
      return value.items.map((item) => {
        if (item.kind === 'text') return [name, item.text] as const;
        throw new ArgumentError(
          argument,
          'holds a value inside a list, which this parameter cannot send',
        );
      });
    case 'map':
      return value.members.flatMap(([key, member]) => {
        if (key === '' || /[[\]]/.test(key)) {
          throw new ArgumentError(
            argument,
            'must not have a member with an empty name, or with [ or ] in it',
          );
        }
        return deepPairs(argument, `${name}[${key}]`, member);
      });
  }
}

import {
  decodeString,
  findMember,
  objectMembers,
  TooManyMembersError,
} from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import type { Member, RawJson, Span } from '../../../../lib/json/types.js';
import type { PreparedItem } from '../items/prepare-item.js';
import { termsOf } from './terms.js';

/** Bytes of a text that are looked at. */
const mostOfText = 4_096;
const mostTerms = { name: 16, title: 16, description: 96, argument: 12, all: 160 } as const;
/** Arguments that are looked at. */
const mostArguments = 64;
/** A word of the name says more than one of the description. */
const weights = { name: 4, title: 2, rest: 1 } as const;

/**
 * The words by which a tool is found, those that weigh more several times: of its name, title,
 * description, and of names and descriptions of its arguments.
 */
export function toolTerms({ name, raw }: PreparedItem): readonly string[] {
  const members = lastNamed(raw, { start: 0, end: raw.length }, ...read);
  const texts = textsIn(raw, members);
  const args = argumentsIn(raw, members);
  const ofName = termsOf(name, mostTerms.name);
  const ofTitle = termsOf(texts.title, mostTerms.title);
  const rest = [
    ...termsOf(texts.description, mostTerms.description),
    ...args.flatMap((text) => termsOf(text, mostTerms.argument)),
  ];
  return [
    ...repeated(ofName, weights.name),
    ...repeated(ofTitle, weights.title),
    ...rest.slice(0, mostTerms.all),
  ];
}

const read = ['title', 'description', 'inputSchema'] as const;

function textsIn(raw: RawJson, members: readonly Member[]) {
  const text = (key: string) => textOf(raw, findMember(members, key));
  return { title: text('title'), description: text('description') };
}

/** Names and descriptions of the arguments, one text each. */
function argumentsIn(raw: RawJson, members: readonly Member[]): readonly string[] {
  const schema = findMember(members, 'inputSchema');
  if (schema?.kind !== 'object') return [];
  const properties = findMember(lastNamed(raw, schema.value, 'properties'), 'properties');
  if (properties?.kind !== 'object') return [];
  return membersOf(raw, properties.value)
    .slice(0, mostArguments)
    .map(({ key, value, kind }) => {
      const own = kind === 'object' ? lastNamed(raw, value, 'description') : [];
      return `${key.slice(0, mostOfText)} ${textOf(raw, own[0])}`;
    });
}

/** None of a schema with more members than are ever read one by one. */
function membersOf(raw: RawJson, span: Span): readonly Member[] {
  try {
    return objectMembers(raw, span);
  } catch (error) {
    if (error instanceof TooManyMembersError) return [];
    throw error;
  }
}

/** The text's beginning, where it is too long to be decoded as a whole; without escapes cut through. */
function textOf(raw: RawJson, member: Member | undefined): string {
  if (member?.kind !== 'string') return '';
  const { start, end } = member.value;
  if (end - start <= mostOfText) return decodeString(raw, member.value);
  return raw.toString('utf8', start + 1, start + mostOfText).replaceAll(/\\(?:u.{0,4}|.)?/g, ' ');
}

function repeated(terms: readonly string[], times: number): string[] {
  return Array.from({ length: times }, () => terms).flat();
}

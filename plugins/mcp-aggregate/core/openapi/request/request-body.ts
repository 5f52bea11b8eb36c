import { objectMembers } from '../../../../../lib/json/members.js';
import { encodeString } from '../../../../../lib/json/splice.js';
import type { RawJson } from '../../../../../lib/json/types.js';
import { ArgumentError } from './argument-error.js';
import { bytesOf } from './base64.js';
import { multipartBody } from './multipart.js';
import type { GivenField } from './multipart.js';
import { percentEncoded } from './percent.js';
import { queryPairs } from './query-pairs.js';
import type { BodyPlan, FieldPlan } from './request-plan.js';
import { readValue } from './values.js';

export interface SentBody {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** The bytes of an argument as they were given; undefined where it was not. */
export type Given = (argument: string) => RawJson | undefined;

/**
 * The body of a request; undefined where none is given. JSON is made of the bytes of the arguments:
 * no number is read and written again.
 * @throws ArgumentError
 */
export function requestBody(plan: BodyPlan, given: Given, boundary: string): SentBody | undefined {
  if ('argument' in plan) return wholeBody(plan, given, boundary);
  const { kind, mediaType, fields, required } = plan;
  const sent = fields.flatMap((field): GivenField[] => {
    const raw = given(field.argument);
    return raw === undefined ? [] : [{ plan: field, raw, value: valueOf(raw) }];
  });
  if (sent.length === 0 && !required) return undefined;
  if (kind === 'json') {
    const members = sent.flatMap(({ plan: { name }, raw }, index) => [
      Buffer.from(`${index === 0 ? '' : ','}${encodeString(name)}:`),
      raw,
    ]);
    const bytes = Buffer.concat([Buffer.from('{'), ...members, Buffer.from('}')]);
    return { contentType: mediaType, bytes };
  }
  return formBody(kind, mediaType, sent, boundary);
}

function wholeBody(
  plan: Extract<BodyPlan, { argument: string }>,
  given: Given,
  boundary: string,
): SentBody | undefined {
  const { kind, mediaType, argument } = plan;
  const raw = given(argument);
  if (raw === undefined) return undefined;
  if (kind === 'json') return { contentType: mediaType, bytes: raw };
  const value = valueOf(raw);
  if (kind === 'binary') return { contentType: mediaType, bytes: bytesOf(argument, value) };
  if (kind === 'text') {
    if (value.kind !== 'text') throw new ArgumentError(argument, 'must be a text');
    const hasCharset = mediaType.includes('charset=');
    const contentType =
      hasCharset || !mediaType.startsWith('text/') ? mediaType : `${mediaType}; charset=utf-8`;
    return { contentType, bytes: Buffer.from(value.text) };
  }
  if (value.kind !== 'map') throw new ArgumentError(argument, 'must be an object');
  const known = new Map((plan.fields ?? []).map((field) => [field.name, field]));
  const sent = membersOf(raw).map(([name, member]): GivenField => {
    const field = known.get(name) ?? otherField(name);
    return { plan: { ...field, argument }, raw: member, value: valueOf(member) };
  });
  return formBody(kind, mediaType, sent, boundary);
}

function otherField(name: string): FieldPlan {
  return {
    argument: name,
    name,
    kind: 'value',
    mediaType: undefined,
    style: 'form',
    explode: true,
  };
}

function formBody(
  kind: 'form' | 'multipart',
  mediaType: string,
  fields: readonly GivenField[],
  boundary: string,
): SentBody {
  if (kind === 'multipart') {
    const bytes = multipartBody(fields, boundary);
    return { contentType: `multipart/form-data; boundary=${boundary}`, bytes };
  }
  const taken = new Set(fields.map(({ plan }) => plan.name));
  const pairs = fields.flatMap(({ plan, value, raw }) => {
    const isJson = plan.kind === 'json' && value.kind !== 'text' && value.kind !== 'null';
    if (!isJson) return queryPairs({ ...plan, allowReserved: false }, value, taken);
    const name = percentEncoded(plan.argument, plan.name);
    return [`${name}=${percentEncoded(plan.argument, raw.toString())}`];
  });
  return { contentType: mediaType, bytes: Buffer.from(pairs.join('&')) };
}

function valueOf(raw: RawJson) {
  return readValue(raw, { start: 0, end: raw.length });
}

function membersOf(raw: RawJson): [string, RawJson][] {
  return objectMembers(raw, { start: 0, end: raw.length }).map(({ key, value }) => [
    key,
    raw.subarray(value.start, value.end),
  ]);
}

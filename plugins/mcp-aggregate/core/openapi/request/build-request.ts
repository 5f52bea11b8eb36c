import { objectMembers } from '../../../../../lib/json/members.js';
import type { RawJson } from '../../../../../lib/json/types.js';
import { cookiePairs, headerValue } from './header-value.js';
import { joinedPath, pathValue } from './path-value.js';
import { percentEncoded } from './percent.js';
import { queryPairs } from './query-pairs.js';
import { requestBody } from './request-body.js';
import type { Given } from './request-body.js';
import type { ParameterPlan, RequestPlan } from './request-plan.js';
import { readValue } from './values.js';

/** A request that an API gets, but for what the gateway adds to each. */
export interface ApiRequest {
  readonly method: string;
  /** From the first `/` on, without query. */
  readonly path: string;
  /** Without `?`; empty where there is none. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

/**
 * The request that a call stands for. No value leaves its place: what cannot be told from what stands
 * around it is refused.
 * @param given arguments by name; those that the configuration fixes among them
 * @throws ArgumentError
 */
export function buildRequest(plan: RequestPlan, given: Given, boundary: string): ApiRequest {
  const body = plan.body && requestBody(plan.body, given, boundary);
  const cookies = cookiesOf(plan, given);
  const headers: Record<string, string> = { accept: plan.accept };
  for (const header of plan.headers) {
    const raw = given(header.argument);
    const value = raw === undefined ? undefined : textOf(header, raw);
    if (value !== undefined) headers[header.name.toLowerCase()] = value;
  }
  if (cookies.length > 0) headers['cookie'] = cookies.join('; ');
  if (body !== undefined) headers['content-type'] = body.contentType;
  return {
    method: plan.method,
    path: pathOf(plan, given),
    query: queryOf(plan, given),
    headers,
    body: body?.bytes,
  };
}

/** The arguments of a call by name. */
export function givenArguments(
  raw: RawJson | undefined,
  fixed: ReadonlyMap<string, RawJson>,
): Given {
  if (raw === undefined) return (argument) => fixed.get(argument);
  const members = objectMembers(raw, { start: 0, end: raw.length });
  const given = new Map(
    members.map(({ key, value }) => [key, raw.subarray(value.start, value.end)] as const),
  );
  return (argument) => fixed.get(argument) ?? given.get(argument);
}

function valueOf(raw: RawJson) {
  return readValue(raw, { start: 0, end: raw.length });
}

function textOf(plan: ParameterPlan, raw: RawJson): string | undefined {
  const value = plan.asJson ? ({ kind: 'text', text: raw.toString() } as const) : valueOf(raw);
  return headerValue(plan, value);
}

function pathOf(plan: RequestPlan, given: Given): string {
  const parts = plan.path.map((part) => {
    if (typeof part === 'string') return { text: part };
    const { argument } = part;
    const raw = given(argument);
    const text =
      raw === undefined
        ? ''
        : part.asJson
          ? percentEncoded(argument, raw.toString())
          : pathValue(part, valueOf(raw));
    return { text, argument };
  });
  return joinedPath(parts);
}

function queryOf({ query, querystring }: RequestPlan, given: Given): string {
  const taken = new Set(query.map(({ name }) => name));
  const pairs = query.flatMap((parameter) => {
    const raw = given(parameter.argument);
    if (raw === undefined) return [];
    const { argument, name } = parameter;
    if (!parameter.asJson) return queryPairs(parameter, valueOf(raw), taken);
    return [`${percentEncoded(argument, name)}=${percentEncoded(argument, raw.toString())}`];
  });
  const raw = querystring && given(querystring.argument);
  if (querystring === undefined || raw === undefined) return pairs.join('&');
  const { argument } = querystring;
  if (querystring.asJson) return [...pairs, percentEncoded(argument, raw.toString())].join('&');
  return [...pairs, ...queryPairs({ ...querystring, explode: true }, valueOf(raw), taken)].join(
    '&',
  );
}

function cookiesOf({ cookies }: RequestPlan, given: Given): string[] {
  const taken = new Set(cookies.map(({ name }) => name));
  return cookies.flatMap((cookie) => {
    const raw = given(cookie.argument);
    if (raw === undefined) return [];
    const value = cookie.asJson ? ({ kind: 'text', text: raw.toString() } as const) : valueOf(raw);
    return cookiePairs(cookie, value, taken);
  });
}

import { isOf, neverForwarded, ownHeaders } from '../../../../../lib/http/reserved-headers.js';
import type { ApiOperation, ApiParameter } from '../document/api-operation.js';
import { DocumentError } from '../document/document-error.js';
import { shown } from '../document/references.js';
import type { ParameterPlan, RequestPlan } from '../request/request-plan.js';
import type { Definitions } from '../schema/definitions.js';
import type { Argument } from './argument.js';
import { byPlace } from './flat-names.js';
import type { FlatNames } from './flat-names.js';

/** Conditional requests are a client's own business, other than the rest of what is not forwarded. */
const conditional = /^if-/;
/** RFC 9110 §5.6.2. */
const token = /^[\w!#$%&'*+.^`|~-]+$/;
const isJsonType = /^[a-z]+\/([\w.+-]*\+)?json(;|$)/;

export interface PlannedParameters {
  readonly arguments: readonly Argument[];
  readonly plan: Pick<RequestPlan, 'path' | 'query' | 'headers' | 'cookies' | 'querystring'>;
  /** What of them is not sent, for the operator. */
  readonly notes: readonly string[];
}

/**
 * How the parameters of an operation are given and sent.
 * @param taken header fields that the configuration sends, in lower case
 * @throws DocumentError where a call could not be made
 */
export function planParameters(
  operation: ApiOperation,
  definitions: Definitions,
  names: FlatNames,
  taken: ReadonlySet<string>,
): PlannedParameters {
  const made: Argument[] = [];
  const notes: string[] = [];
  const plans = new Map<ApiParameter, ParameterPlan>();
  for (const parameter of byPlace(operation.parameters)) {
    const reason = notSent(parameter, taken);
    if (reason !== undefined) {
      if (reason !== '')
        notes.push(`${parameter.place} parameter ${shown(parameter.name)} ${reason}`);
      continue;
    }
    const argument = names.take(parameter.place, parameter.name);
    const schema = definitions.convert(parameter.schema ?? {});
    const { required, description, name, style, explode, allowReserved, mediaType } = parameter;
    made.push({ name: argument, required, description, schema });
    const asJson = mediaType !== undefined && isJsonType.test(mediaType);
    plans.set(parameter, { argument, name, style, explode, allowReserved, asJson });
  }
  const of = (place: ApiParameter['place']) =>
    [...plans].filter(([parameter]) => parameter.place === place).map(([, plan]) => plan);
  const path = planPath(operation.path, of('path'));
  const sent = new Set(path.flatMap((part) => (typeof part === 'string' ? [] : [part.argument])));
  const unused = of('path').filter(({ argument }) => !sent.has(argument));
  return {
    arguments: made.filter(({ name }) => !unused.some(({ argument }) => argument === name)),
    plan: {
      path,
      query: of('query'),
      headers: of('header'),
      cookies: of('cookie'),
      querystring: of('querystring')[0],
    },
    notes,
  };
}

/** Why a parameter is not the caller's to give; empty where OpenAPI itself says so. */
function notSent({ place, name }: ApiParameter, taken: ReadonlySet<string>): string | undefined {
  const lower = name.toLowerCase();
  if (place !== 'header' && place !== 'cookie') return undefined;
  if (place === 'cookie' && taken.has('cookie')) return 'is set by the configuration';
  if (!token.test(name)) return `has a name that no ${place} has`;
  if (place === 'cookie') return undefined;
  if (lower === 'accept' || lower === 'content-type' || lower === 'authorization') return '';
  if (taken.has(lower)) return 'is set by the configuration';
  const plain = lower.replaceAll('_', '-');
  const isKept = ownHeaders.has(plain) || (isOf(neverForwarded, plain) && !conditional.test(plain));
  return isKept ? 'is never sent for a caller' : undefined;
}

function planPath(path: string, parameters: readonly ParameterPlan[]): RequestPlan['path'] {
  if (!path.startsWith('/')) throw new DocumentError('its path does not begin with /');
  const plan: (string | ParameterPlan)[] = [];
  for (const [index, part] of path.split(/\{([^{}]*)\}/).entries()) {
    if (index % 2 === 0) {
      if (part !== '') plan.push(literal(part));
      continue;
    }
    const parameter = parameters.find(({ name }) => name === part);
    if (parameter === undefined) {
      throw new DocumentError(`its path has {${part.slice(0, 64)}}, which is no parameter of it`);
    }
    plan.push(parameter);
  }
  return plan;
}

/** The text of a path as it is sent. */
function literal(text: string): string {
  if (/[?#]/.test(text)) throw new DocumentError('its path has a ? or #');
  if (/[{}\\\x00-\x1f\x7f]/.test(text))
    throw new DocumentError('its path has a character that no path has');
  if (/\/\/|\/\.{1,2}(\/|$)|%2e/i.test(text))
    throw new DocumentError('its path has // or dots for a segment');
  return encodeURI(text).replaceAll(/%25([0-9A-F]{2})/gi, '%$1');
}

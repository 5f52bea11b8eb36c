import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { LRUCache } from 'lru-cache';
import { linearPattern } from './linear-pattern.js';

const mostErrors = 5;
const longestText = 200;
/** Compiled schemas kept; a tool has one. */
const mostKept = 512;

/** Checks arguments of calls against schemas, each of which is compiled once. */
export class ArgumentChecks {
  readonly #compiled = new LRUCache<string, ValidateFunction>({ max: mostKept });

  /**
   * What is wrong with `given`, fit for the model that gave it; nothing where it fits.
   * @param key names the schema; equal schemas have equal keys
   */
  faults(key: string, schema: () => string, given: unknown): readonly string[] {
    let validate = this.#compiled.get(key);
    if (validate === undefined) {
      validate = compile(schema());
      this.#compiled.set(key, validate);
    }
    if (validate(given)) return [];
    const errors = validate.errors ?? [];
    return [...new Set(errors.map(faultText))].slice(0, mostErrors);
  }
}

/** Formats are annotations in 2020-12: the API decides on them. */
function compile(schema: string): ValidateFunction {
  const regExp = Object.assign((source: string) => linearPattern(source), {
    code: 'linearPattern',
  });
  const ajv = new Ajv2020({
    strict: false,
    validateFormats: false,
    logger: false,
    allErrors: false,
    ownProperties: true,
    inlineRefs: false,
    code: { regExp },
  });
  return ajv.compile(JSON.parse(schema) as object);
}

/** Which place is wrong and what is wanted there; the value itself is not repeated. */
function faultText({
  instancePath,
  message = 'does not fit',
  params,
  keyword,
}: ErrorObject): string {
  const place = instancePath.slice(1).replaceAll('/', '.') || 'arguments';
  const named = params as Readonly<Record<string, unknown>>;
  const more =
    keyword === 'additionalProperties'
      ? ` (${String(named['additionalProperty'])})`
      : keyword === 'enum'
        ? `: ${JSON.stringify(named['allowedValues'])}`
        : keyword === 'const'
          ? `: ${JSON.stringify(named['allowedValue'])}`
          : '';
  return `${place} ${message}${more}`.slice(0, longestText);
}

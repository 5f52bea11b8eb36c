const mostFields = 100;
const mostChoices = 200;
const numeral = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const integer = /^-?(?:0|[1-9]\d*)$/;
/** What is not seen, or moves what is, as in dom.mjs. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0]/gu;

/**
 * What is asked for each argument of a tool, by its `inputSchema`; undefined where only JSON for all
 * of them together will do. `kind` is `text`, `number`, `integer`, `boolean`, `choice` or `json`.
 */
export function fieldsOf(schema) {
  const properties = isObject(schema) ? schema.properties : undefined;
  if (properties === undefined) return isObject(schema) && !('$ref' in schema) ? [] : undefined;
  if (!isObject(properties)) return undefined;
  const entries = Object.entries(properties);
  if (entries.length > mostFields) return undefined;
  const required = Array.isArray(schema.required) ? schema.required : [];
  return entries.map(([name, one]) => fieldOf(name, isObject(one) ? one : {}, required));
}

function fieldOf(name, schema, required) {
  const { title, description } = schema;
  const base = {
    name,
    required: required.includes(name),
    title: typeof title === 'string' && title !== name ? title : undefined,
    description: typeof description === 'string' ? description : undefined,
  };
  const choices = choicesOf(schema);
  if (choices !== undefined) {
    const at = choices.indexOf('default' in schema ? jsonText(schema.default) : '');
    return { ...base, kind: 'choice', choices, initial: at < 0 ? '' : String(at) };
  }
  const kind = kinds.get(typeOf(schema)) ?? 'json';
  return { ...base, kind, initial: initialOf(kind, schema) };
}

const kinds = new Map([
  ['string', 'text'],
  ['number', 'number'],
  ['integer', 'integer'],
  ['boolean', 'boolean'],
]);

/** The one type of a value, where it has one besides null. */
function typeOf({ type }) {
  const types = (Array.isArray(type) ? type : [type]).filter((one) => one !== 'null');
  return types.length === 1 && typeof types[0] === 'string' ? types[0] : undefined;
}

/** The values that there are to choose from, as JSON. */
function choicesOf(schema) {
  const values = 'const' in schema ? [schema.const] : schema.enum;
  const few = Array.isArray(values) && values.length > 0 && values.length <= mostChoices;
  return few ? values.map(jsonText) : undefined;
}

function initialOf(kind, schema) {
  if (!('default' in schema)) return '';
  if (kind === 'text' && typeof schema.default === 'string') return schema.default;
  return kind === 'text' ? '' : jsonText(schema.default);
}

/**
 * Arguments as JSON text of what was entered, by the position of the field. What is empty is left
 * out; a required text may be empty. Numbers are sent as they were written.
 * @returns `{ json }`, or `{ faults }`: for positions, what is wrong
 */
export function argumentsOf(fields, entered) {
  const faults = new Map();
  const members = [];
  for (const [at, field] of fields.entries()) {
    const text = entered[at] ?? '';
    const { value, fault } = valueOf(field, text);
    if (fault !== undefined) faults.set(at, fault);
    else if (value !== undefined) members.push(`${JSON.stringify(field.name)}:${value}`);
  }
  return faults.size > 0 ? { faults } : { json: `{${members.join(',')}}` };
}

function valueOf({ kind, required, choices }, text) {
  if (kind === 'text') return text === '' && !required ? {} : { value: JSON.stringify(text) };
  const trimmed = text.trim();
  if (trimmed === '') return required ? { fault: 'is needed' } : {};
  if (kind === 'choice') return { value: choices[Number(trimmed)] };
  if (kind === 'integer' && !integer.test(trimmed)) return { fault: 'must be a whole number' };
  if (kind === 'number' && !numeral.test(trimmed)) return { fault: 'must be a number' };
  return isJson(trimmed) ? { value: trimmed } : { fault: 'is no JSON' };
}

/** All arguments in one text. */
export function argumentsOfText(text) {
  const trimmed = text.trim() === '' ? '{}' : text.trim();
  const isRecord = isJson(trimmed) && trimmed.startsWith('{');
  return isRecord ? { json: trimmed } : { fault: 'must be a JSON object' };
}

/** JSON in which every character is seen, and which stays JSON. */
export function jsonText(value, indent) {
  const text = JSON.stringify(value, null, indent) ?? 'null';
  return text.replace(unseen, (character) =>
    character === '\n'
      ? character
      : [...Array(character.length).keys()]
          .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
          .join(''),
  );
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

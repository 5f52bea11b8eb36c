import type { FieldSpec } from '../fields.js';

type Members = Readonly<Record<string, unknown>>;

/** What is wrong with a value by a field's rules; undefined where nothing is. */
export type CheckValue = (spec: FieldSpec, value: unknown) => unknown;

/** What a check sees of a record. */
export interface Entity {
  readonly fields: ReadonlyMap<string, FieldSpec>;
  /** Members with defaults applied. */
  readonly value: Members;
  readonly check: CheckValue;
}

/** Errors by field; '@entity' is what is said of the record as a whole. */
export type EntityErrors = readonly (readonly [place: string, error: unknown])[];

function isSet(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');
const whole = (error: string): EntityErrors => [['@entity', error]];

type ListCheck = readonly [holds: (set: number, all: number) => boolean, text: string];
const listChecks: Readonly<Record<string, ListCheck>> = {
  only_one_of: [(set) => set === 1, 'exactly one of these fields must be non-empty'],
  at_least_one_of: [(set) => set > 0, 'at least one of these fields must be non-empty'],
  mutually_exclusive: [(set) => set < 2, 'only one or none of these fields must be set'],
  mutually_required: [
    (set, all) => set === 0 || set === all,
    'all or none of these fields must be set',
  ],
};

interface Condition {
  readonly if_field: string;
  readonly if_match: FieldSpec & Members;
  readonly then_field: string;
  readonly then_match: FieldSpec & Members;
  readonly then_at_least_one_of: readonly string[];
  readonly then_err?: string;
}

/** Whether a value fits `match`, which stands in front of the field's own rules. */
function misfit(entity: Entity, field: string, match: Members): unknown {
  const value = entity.value[field];
  if (value === null || value === undefined) {
    const wanted = match['eq'] ?? null;
    if (wanted !== null) return `value must be ${JSON.stringify(wanted)}`;
    return match['required'] === true ? 'required field missing' : undefined;
  }
  if (match['eq'] === null) return 'value must be null';
  const spec = { ...entity.fields.get(field)!, ...match };
  const wrong = entity.check(spec, value);
  if (wrong !== undefined || match['eq'] === undefined || match['eq'] === value) return wrong;
  return `value must be ${JSON.stringify(match['eq'])}`;
}

function conditional(entity: Entity, condition: Condition): EntityErrors {
  const { if_field, if_match, then_field, then_match, then_err } = condition;
  if (misfit(entity, if_field, if_match) !== undefined) return [];
  const wrong = misfit(entity, then_field, then_match);
  if (wrong === undefined) return [];
  const text = then_err ?? `failed conditional validation given value of field '${if_field}'`;
  return [[then_field, wrong], ...whole(text)];
}

function conditionalAtLeastOneOf(entity: Entity, condition: Condition): EntityErrors {
  const { if_field, if_match, then_at_least_one_of: needed, then_err } = condition;
  if (misfit(entity, if_field, if_match) !== undefined) return [];
  if (needed.some((name) => isSet(entity.value[name]))) return [];
  return whole(then_err ?? `${listChecks['at_least_one_of']![1]}: ${quoted(needed)}`);
}

function exclusiveSets({ value }: Entity, sets: Readonly<Record<string, string[]>>): EntityErrors {
  const given = Object.values(sets).map((names) => names.filter((name) => isSet(value[name])));
  if (given.some((names) => names.length === 0)) return [];
  const shown = given.map((names) => `(${quoted(names)})`).join(', ');
  return whole(`these sets are mutually exclusive: ${shown}`);
}

/** Names that a check reads. */
function namesIn(argument: unknown): readonly string[] {
  if (Array.isArray(argument)) return argument as string[];
  const { if_field, then_field, then_at_least_one_of, set1, set2 } = argument as Record<
    string,
    string | readonly string[]
  >;
  return [if_field, then_field, then_at_least_one_of, set1, set2].flatMap((part) => part ?? []);
}

/**
 * What one of `entity_checks` finds.
 * @param referenced fields whose given value is a vault reference: as in Kong, no check reads them
 */
export function checkEntity(
  rule: Members,
  entity: Entity,
  referenced: ReadonlySet<string>,
): EntityErrors {
  const [kind = '', argument] = Object.entries(rule)[0] ?? [];
  if (namesIn(argument).some((name) => referenced.has(name))) return [];
  if (kind === 'conditional') return conditional(entity, argument as Condition);
  if (kind === 'conditional_at_least_one_of') {
    return conditionalAtLeastOneOf(entity, argument as Condition);
  }
  if (kind === 'mutually_exclusive_sets') {
    return exclusiveSets(entity, argument as Record<string, string[]>);
  }
  const known = listChecks[kind];
  if (known === undefined || !Array.isArray(argument)) {
    return whole(`the check '${kind}' is not known here`);
  }
  const [holds, text] = known;
  const names = argument as string[];
  const set = names.filter((name) => isSet(entity.value[name])).length;
  return holds(set, names.length) ? [] : whole(`${text}: ${quoted(names)}`);
}

/** Checks between fields of a record, as Kong's schema library takes them. */
export type EntityCheck = Readonly<Record<string, unknown>>;

/** Where `field` is set, one of `needed` has to be. */
export function needs(field: string, needed: readonly string[], err: string): EntityCheck {
  return neededWhere(field, { required: true }, needed, err);
}

/** Where `field` has this value, one of `needed` has to be set. */
export function neededWhen(
  field: string,
  value: string,
  needed: readonly string[],
  err: string,
): EntityCheck {
  return neededWhere(field, { eq: value }, needed, err);
}

/**
 * Not Kong's `conditional` with `required`: that checks the needed field a second time, and each
 * error inside of it would be reported as one of the condition, too.
 */
function neededWhere(
  field: string,
  match: object,
  needed: readonly string[],
  err: string,
): EntityCheck {
  return {
    conditional_at_least_one_of: {
      if_field: field,
      if_match: match,
      then_at_least_one_of: needed,
      then_err: err,
    },
  };
}

/** Where `field` is set, the list of texts `list` has one entry at most. */
export function oneEntryFor(field: string, list: string, err: string): EntityCheck {
  // Entries have been checked as such: again here, their errors would be those of the condition.
  const match = { len_max: 1, elements: { type: 'string', len_min: 0 } };
  return conditional(field, { required: true }, list, match, err);
}

/** Where `field` has this value, the other one fits `match`. */
export function fitsWhen(
  field: string,
  value: string,
  other: string,
  match: object,
  err: string,
): EntityCheck {
  return conditional(field, { eq: value }, other, match, err);
}

/** Where `field` is set, the other one fits `match`, if it is set. */
export function fitsWith(field: string, other: string, match: object, err: string): EntityCheck {
  return conditional(field, { required: true }, other, match, err);
}

function conditional(
  field: string,
  ifMatch: object,
  other: string,
  thenMatch: object,
  err: string,
): EntityCheck {
  return {
    conditional: {
      if_field: field,
      if_match: ifMatch,
      then_field: other,
      then_match: thenMatch,
      then_err: err,
    },
  };
}

/** At most one of the two is set, for each of `others`. */
export function apart(field: string, others: readonly string[]): EntityCheck[] {
  return others.map((other) => ({ mutually_exclusive: [field, other] }));
}

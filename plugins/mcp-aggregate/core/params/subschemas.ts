/** Keywords under which an object holds schemas by names of the tool's choice. */
export const objectSubschemas: ReadonlySet<string> = new Set([
  '$defs',
  'definitions',
  'dependencies',
  'dependentSchemas',
  'patternProperties',
]);

/** Keywords of JSON Schema, old and new, that hold schemas, but for `properties`. */
export const otherSubschemas: readonly string[] = [
  ...objectSubschemas,
  'additionalItems',
  'additionalProperties',
  'allOf',
  'anyOf',
  'contains',
  'contentSchema',
  'else',
  'if',
  'items',
  'not',
  'oneOf',
  'prefixItems',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
];

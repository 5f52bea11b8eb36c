import { describe, expect, it } from 'vitest';
import type { FieldSpec, NamedField } from '../../../schema/fields.js';
import { named } from '../../../schema/fields.js';
import { aggregateFields } from '../../../schema/mcp-aggregate.js';
import { oauthFields } from '../../../schema/mcp-oauth.js';

/** Every description below `fields`, by the path of its field. */
function descriptions(fields: readonly NamedField[], path: string): [string, string | undefined][] {
  return fields.flatMap((field) =>
    Object.entries(field).flatMap(([name, spec]) => below(spec, `${path}.${name}`)),
  );
}

function below(spec: FieldSpec, path: string): [string, string | undefined][] {
  const inner = [spec.elements, spec.keys, spec.values].flatMap((part) =>
    part ? below(part, `${path}[]`) : [],
  );
  return [[path, spec.description], ...inner, ...descriptions(spec.fields ?? [], path)];
}

describe('descriptions of configuration fields', () => {
  const all = [
    ...descriptions(named(oauthFields), 'mcp-oauth'),
    ...descriptions(named(aggregateFields), 'mcp-aggregate'),
  ];

  it.each(all)('%s: has 10 to 500 bytes, or Kong refuses to start', (_path, text = '') => {
    expect(Buffer.byteLength(text)).toBeGreaterThanOrEqual(10);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(500);
  });
});

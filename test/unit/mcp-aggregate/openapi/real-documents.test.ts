import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { ToolSchema } from '@modelcontextprotocol/sdk/types.js';
import { convert } from '../../../support/openapi/convert.js';
import { projectFile } from '../../../support/project.js';

/**
 * Documents of differing makers as npm packages ship them: hand-written, and made by generators of
 * several languages. Counts: tools, those with an output schema, operations left out.
 */
const documents: readonly (readonly [file: string, counts: readonly [number, number, number]])[] = [
  ['@readme/oas-examples/2.0/json/petstore.json', [20, 6, 0]],
  ['@readme/oas-examples/3.0/json/petstore.json', [20, 6, 0]],
  ['@readme/oas-examples/3.0/yaml/star-trek.yaml', [120, 120, 0]],
  ['@readme/oas-examples/3.0/json/uspto.json', [3, 1, 0]],
  ['@readme/oas-examples/3.0/json/http-status-codes.json', [89, 0, 0]],
  ['@readme/oas-examples/3.0/json/polymorphism.json', [13, 0, 0]],
  ['@readme/oas-examples/3.0/json/circular.json', [1, 0, 0]],
  ['@readme/oas-examples/3.0/json/parameters-style.json', [23, 0, 2]],
  ['@readme/oas-examples/3.1/json/train-travel.json', [7, 0, 0]],
  ['@readme/oas-examples/3.1/json/readme.json', [54, 41, 0]],
  ['@figma/rest-api-spec/openapi/openapi.yaml', [54, 52, 0]],
  ['@digdir/dialogporten-schema/swagger.verified.json', [29, 14, 0]],
  ['@dcl/catalyst-api-specs/lib/api.yaml', [42, 27, 0]],
  ['@directus/specs/dist/openapi.json', [136, 92, 0]],
];

/** Compiling the schemas of the largest takes seconds of CPU. */
const largest = { timeout: 300_000 };

describe('public OpenAPI documents', () => {
  it.each(documents)('become tools that every client takes: %s', largest, (file, counts) => {
    const text = readFileSync(projectFile(`node_modules/${file}`), 'utf8');
    const { tools, leftOut } = convert(text);
    const listed = tools.map(({ definition }) => JSON.parse(definition));
    const withOutput = listed.filter(({ outputSchema }) => outputSchema !== undefined);
    expect([tools.length, withOutput.length, leftOut.length]).toEqual(counts);
    expect(new Set(tools.map(({ name }) => name)).size).toBe(tools.length);
    for (const tool of listed) {
      expect(tool.name).toMatch(/^[A-Za-z0-9_-]{1,48}$/);
      expect(ToolSchema.safeParse(tool).error).toBeUndefined();
      expectSchema(tool.inputSchema);
      const keys = Object.keys(tool.inputSchema.properties);
      expect(keys.filter((key) => !/^[A-Za-z0-9_.-]{1,64}$/.test(key))).toEqual([]);
    }
    for (const { outputSchema } of withOutput.slice(0, 5)) expectSchema(outputSchema);
    expect(convert(text).tools).toEqual(tools);
  });
});

/** Valid 2020-12, all references within it, and compiled by Ajv. */
function expectSchema(schema: object): void {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  expect(ajv.validateSchema(schema)).toBe(true);
  ajv.compile(schema);
}

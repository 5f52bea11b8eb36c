import type { Converted } from '../schema/definitions.js';

/** One argument of a tool. */
export interface Argument {
  readonly name: string;
  readonly required: boolean;
  readonly schema: Converted;
  readonly description: string | undefined;
}

/** The argument's schema as JSON text, with what its parameter says of it. */
export function argumentText({ schema, description }: Argument): string {
  if (description === undefined || description === '' || !schema.text.startsWith('{')) {
    return schema.text;
  }
  const own = schema.schema as Readonly<Record<string, unknown>>;
  if (own['description'] === description) return schema.text;
  return JSON.stringify({ ...own, description: description.slice(0, 2048) });
}

import { own, textAt } from '../document/json-object.js';

/** Whether a member of a form is a file, or a list of them: raw bytes, in the words of any version. */
export function isFile(schema: unknown): boolean {
  if (own(schema, 'type') === 'array') return isOneFile(own(schema, 'items'));
  return isOneFile(schema);
}

function isOneFile(schema: unknown): boolean {
  if (textAt(schema, 'format') === 'binary') return true;
  const isBytes = textAt(schema, 'contentMediaType') !== undefined;
  return isBytes && textAt(schema, 'contentEncoding') === undefined;
}

/** How a file is given: JSON has no bytes. */
export function fileSchema(schema: unknown): Record<string, unknown> {
  const description = textAt(schema, 'description');
  const file = {
    type: 'object',
    properties: {
      data: { type: 'string', contentEncoding: 'base64', description: 'The content, in base64.' },
      mediaType: { type: 'string', description: 'For example image/png.' },
      filename: { type: 'string' },
    },
    required: ['data'],
    additionalProperties: false,
  };
  const about = description === undefined ? {} : { description };
  if (own(schema, 'type') === 'array') return { type: 'array', items: file, ...about };
  return { ...file, ...about };
}

import type { RawJson } from '../../../../lib/json/types.js';
import { ownTools } from '../../../../lib/protocol/own-tools.js';

/** Bounds of a search, as clients are told them. */
export const searchBounds = { queryLength: 512, results: 20, usualResults: 5 } as const;

const { queryLength, results, usualResults } = searchBounds;

const search = {
  name: ownTools.search,
  description:
    'Finds tools by words of their names, descriptions and arguments. Answers the best matches with the schemas of their arguments. Search before you say that something cannot be done.',
  inputSchema: {
    type: 'object',
    properties: {
      query: {
        type: 'string',
        minLength: 1,
        maxLength: queryLength,
        description: 'What the tool should do, in a few words.',
      },
      limit: {
        type: 'integer',
        minimum: 1,
        maximum: results,
        default: usualResults,
        description: 'Most tools to answer.',
      },
    },
    required: ['query'],
    additionalProperties: false,
  },
  annotations: { readOnlyHint: true, openWorldHint: false },
};

const call = {
  name: ownTools.call,
  description: `Calls a tool that ${ownTools.search} has found.`,
  inputSchema: {
    type: 'object',
    properties: {
      name: { type: 'string', description: 'Name of the tool, as it was found.' },
      arguments: { type: 'object', description: 'Its arguments, as its inputSchema says.' },
    },
    required: ['name'],
    additionalProperties: false,
  },
};

/** The definitions of the gateway's own tools. */
export const ownDefinitions: readonly RawJson[] = [search, call].map((tool) =>
  Buffer.from(JSON.stringify(tool)),
);

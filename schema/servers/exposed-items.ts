import { array, integer, record, string } from '../fields.js';
import { loggedArguments } from '../trust/logged-arguments.js';
import { ownArguments } from '../trust/own-arguments.js';

const pattern = (what: string) =>
  string({
    len_min: 1,
    len_max: 1024,
    description: `${what}, exact or with \`*\` for any text.`,
  });

/** Fields of a filter on one kind of items; names are the server's own, without prefix. */
const filterFields = (what: string) => ({
  allow: array(pattern(what), {
    default: [],
    len_max: 1024,
    description: 'Show only what matches one of these; an empty list shows all.',
  }),
  deny: array(pattern(what), {
    default: [],
    len_max: 1024,
    description: 'Hide what matches one of these, allowed or not: it is unknown to clients.',
  }),
});

const overrideFields = {
  name: string({
    required: true,
    len_min: 1,
    len_max: 128,
    description: "The server's own name of the tool.",
  }),
  rename: string({
    len_min: 1,
    len_max: 128,
    match: '^[%w_.-]+$',
    description: 'Name shown in its place, after the prefix.',
  }),
  description: string({
    len_min: 1,
    len_max: 8192,
    description: 'Description shown in place of the own one.',
  }),
  ...ownArguments,
  ...loggedArguments,
  timeout: integer({
    between: [100, 3600000],
    description: "Deadline of one call of this tool, in milliseconds, in place of the server's.",
  }),
};

/** Which items of a server are shown, and how. */
export const exposedItems = {
  tools: record(
    {
      ...filterFields("The server's own name of a tool"),
      overrides: array(
        record(overrideFields, {
          required: true,
          description: 'What holds for one tool in place of what the server says.',
        }),
        {
          default: [],
          len_max: 1024,
          description: 'Tools with names, descriptions or deadlines of their own.',
        },
      ),
    },
    {
      description:
        'Which tools of this server are shown, and how; all of them as they are without it.',
    },
  ),
  prompts: record(filterFields("The server's own name of a prompt"), {
    description: 'Which prompts of this server are shown; all of them without it.',
  }),
  resources: record(filterFields("A resource URI or URI template of the server's own"), {
    description:
      'Which resources and templates of this server are shown and may be read; all of them without it.',
  }),
};

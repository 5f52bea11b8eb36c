import { array, boolean, record, string } from '../fields.js';
import { claimCondition } from '../policy-fields.js';

const patterns = (what: string) =>
  array(
    string({
      len_min: 1,
      len_max: 1024,
      description: `${what}; \`*\` stands for any characters.`,
    }),
    { default: [], len_max: 256, description: `Items that the view shows, by name.` },
  );

/** Named subsets of an endpoint. */
export const viewFields = {
  views: array(
    record(
      {
        name: string({
          required: true,
          len_min: 1,
          len_max: 64,
          match: '^[%w][%w_.-]*$',
          description: 'Name of the view: unique, shown in `/status` and logs.',
        }),
        path: string({
          len_min: 1,
          len_max: 512,
          match: "^/[%w%-._~!$&'()*+,;=:@/]*$",
          description:
            'The view applies to requests with this whole path, a slash at its end aside. A path of the Route must match it.',
        }),
        claim: string({
          len_min: 1,
          len_max: 512,
          description:
            'The view applies to callers with this claim; path of the claim, and its condition, as in `claim_rules`.',
        }),
        ...claimCondition,
        servers: array(string({ description: 'Name of a server.' }), {
          default: [],
          len_max: 256,
          description: 'Servers of which the view shows everything.',
        }),
        tools: patterns('A name as clients see it, prefix included'),
        prompts: patterns('A name as clients see it, prefix included'),
        resources: patterns('A URI of a resource or template as clients see it'),
        discovery: boolean({
          default: false,
          description:
            'Whether clients are listed `search_tools` and `call_tool` in place of the tools of the view, to search for tools and to call them: for catalogues too large to be read at once. See [discovery](discovery.md).',
        }),
        always_listed: array(
          string({
            len_min: 1,
            len_max: 1024,
            description:
              'A name as clients see it, prefix included; `*` stands for any characters.',
          }),
          {
            default: [],
            len_max: 256,
            description: 'Tools of the view that are listed beside those two; needs `discovery`.',
          },
        ),
        instructions: string({
          len_min: 1,
          description: '`instructions` that clients receive in place of those of the endpoint.',
        }),
      },
      {
        required: true,
        description: 'A named subset of the items.',
        entity_checks: [{ only_one_of: ['path', 'claim'] }],
      },
    ),
    {
      default: [],
      len_max: 64,
      description:
        'Named subsets of the endpoint, for teams and agents: a view shows what it names, as far as the rules allow it to the caller. The view of the path and those by claims both confine; of several by claims any shows an item. See [views](views.md).',
    },
  ),
  views_only: boolean({
    default: false,
    description: 'Whether a request to which no view applies is shown nothing.',
  }),
};

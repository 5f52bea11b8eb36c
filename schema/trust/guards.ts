import { array, integer, map, record, string } from '../fields.js';
import { outboundFields } from '../outbound.js';
import { secure } from '../rules/addresses.js';

/** Services that are asked about calls. */
export const guards = array(
  record(
    {
      name: string({
        required: true,
        len_min: 1,
        len_max: 32,
        match: '^[%w][%w-]*$',
        description: 'Name of the guard: unique, shown in errors, logs and metrics.',
      }),
      url: string({
        required: true,
        match: '^https?://[^%s#]+$',
        ...secure,
        description: 'Where questions are POSTed: https, http on loopback hosts only.',
      }),
      // `on` would be a boolean to readers of YAML 1.1, Kong's among them.
      when: array(string({ one_of: ['request', 'result'], description: 'When it is asked.' }), {
        default: ['request'],
        len_min: 1,
        len_max: 2,
        description: 'Asked of arguments before a call (`request`), of what comes back (`result`).',
      }),
      tools: array(
        string({
          len_min: 1,
          len_max: 1024,
          description: 'A name as clients see it, prefix included; `*` stands for any characters.',
        }),
        {
          default: ['*'],
          len_min: 1,
          len_max: 256,
          description: 'Tools whose calls it is asked about.',
        },
      ),
      fail: string({
        default: 'closed',
        one_of: ['closed', 'open'],
        description:
          'Where the guard gives no usable answer: `closed` refuses the call, `open` lets it pass unguarded.',
      }),
      timeout: integer({
        default: 2000,
        between: [10, 60000],
        description: 'How long an answer may take, in milliseconds.',
      }),
      max_body: integer({
        default: 262144,
        between: [1024, 1048576],
        description:
          'Most bytes of arguments or of a result that are sent to the guard, and of its answer. Larger arguments are refused; of a larger result `fail` decides.',
      }),
      headers: map(
        string({ description: 'Header name.', match: '^[%w-]+$' }),
        string({
          description: 'Header value.',
          referenceable: true,
          match_none: [{ pattern: '[\r\n]', err: 'a header value must not hold a line break' }],
        }),
        {
          default: {},
          description: 'Headers of the questions; values may be vault references.',
        },
      ),
      ...outboundFields,
    },
    { required: true, description: 'One guard.' },
  ),
  {
    default: [],
    len_max: 8,
    description:
      'Services that are asked about calls of tools, in this order: they may allow, deny, or replace texts. Such calls are never direct. See [guards](guards.md).',
  },
);

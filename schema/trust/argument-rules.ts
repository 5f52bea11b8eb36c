import { array, boolean, record, string } from '../fields.js';

/** Which values calls may hold in their arguments. */
export const argumentRules = array(
  record(
    {
      names: array(
        string({
          len_min: 1,
          len_max: 1024,
          description: 'A name as clients see it, prefix included; `*` stands for any characters.',
        }),
        {
          required: true,
          len_min: 1,
          len_max: 256,
          description: 'Tools and prompts the rule is about.',
        },
      ),
      argument: string({
        required: true,
        len_min: 2,
        len_max: 512,
        match: '^/',
        description:
          'The argument, as a JSON Pointer (RFC 6901) from `arguments`: `/owner`, or `/repo/owner` within an object. A list is looked at element by element.',
      }),
      equals: string({
        len_min: 0,
        description: 'Met by this text, number or boolean.',
      }),
      one_of: array(string({ len_min: 0, description: 'One of the values.' }), {
        len_min: 1,
        len_max: 1024,
        description: 'Met by one of these texts, numbers or booleans.',
      }),
      matches: string({
        len_min: 1,
        len_max: 1024,
        description:
          'Met by a text that matches this regular expression of RE2 from its beginning to its end.',
      }),
      claim: string({
        len_min: 1,
        len_max: 512,
        description:
          "Met by the value of this claim of the caller's token, or by one of its elements; path as in `claim_rules`. A token without it meets nothing.",
      }),
      effect: string({
        required: true,
        one_of: ['require', 'deny'],
        description:
          '`require` refuses calls unless every value of the argument meets the condition; `deny` refuses those where one does. Either refuses what cannot be compared: objects, lists of more than 256 elements, arguments over 64 KiB (with `matches` over 8 KiB, or 32 KiB of all rules).',
      }),
      optional: boolean({
        default: false,
        description: 'Of a `require`: whether calls may leave the argument out, or say null.',
      }),
      reason: string({
        len_min: 1,
        len_max: 512,
        description: 'What a refused caller is told, in words that help a person or a model.',
      }),
    },
    {
      required: true,
      description: 'Which values some calls may hold in one argument.',
      entity_checks: [{ only_one_of: ['equals', 'one_of', 'matches', 'claim'] }],
    },
  ),
  {
    default: [],
    len_max: 256,
    description:
      'Rules on arguments of `tools/call` and `prompts/get`, all of which must hold. A call that breaks one is answered with the error -31026 and the reason. See [argument rules](argument-rules.md).',
  },
);

import { array, map, string } from '../fields.js';

const name = string({
  len_min: 1,
  len_max: 128,
  match: '^[!-~]+$',
  description: 'Name of an argument, of printable ASCII characters.',
});

/** Arguments of a tool that clients neither see nor give. */
export const ownArguments = {
  fixed_arguments: map(
    name,
    string({
      len_min: 1,
      len_max: 8192,
      referenceable: true,
      description: 'The value as JSON: `"eu"` with its quotes, `10`, `true`, `["a"]`.',
    }),
    {
      default: {},
      description:
        'Arguments that the gateway sets, by name, with values as JSON (or vault references to such). They are left out of the schema that clients see; a call that gives one is answered with an error.',
    },
  ),
  hidden_arguments: array(name, {
    default: [],
    len_max: 64,
    description:
      'Arguments that nobody may give: left out of the schema that clients see; a call that gives one is answered with an error.',
  }),
};

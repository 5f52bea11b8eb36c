import { array, string } from '../fields.js';

const pointer = string({
  len_min: 2,
  len_max: 256,
  match: '^/',
  description: 'A JSON Pointer (RFC 6901) from `arguments`, through objects: `/repo/owner`.',
});

/** Arguments of a tool that Kong's logging plugins write. */
export const loggedArguments = {
  log_arguments: array(pointer, {
    default: [],
    len_max: 32,
    description:
      'Arguments that logging plugins write, as `mcp.arguments` in their entries, with the values that clients send: 256 bytes of each, 4 KiB of a call. See docs/argument-rules.md.',
  }),
  redact_arguments: array(pointer, {
    default: [],
    len_max: 32,
    description:
      'Of what is logged, values in whose place `***` stands: arguments of `log_arguments`, or members within such.',
  }),
};

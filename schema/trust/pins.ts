import { lintRuleIds } from '../../lib/lint/rule-ids.js';
import { array, boolean, string } from '../fields.js';

/** Whether definitions of a server have to be those that were approved. */
export const pinFields = {
  pin: string({
    default: 'off',
    one_of: ['off', 'warn', 'enforce'],
    description:
      'Compare definitions of this server (tools, prompts, resources, templates, its instructions) with approved ones: `warn` says what has changed, `enforce` also withholds what is not approved as it is. Without a lockfile what is seen first counts as approved. See docs/pins.md.',
  }),
  pin_lockfile: string({
    len_min: 1,
    len_max: 255,
    match: '^[%w_][%w_./-]*$',
    match_none: [{ pattern: '%.%.', err: 'must not hold ..' }],
    description:
      'Name of a lockfile in the folder of the operator (see KONG_MCP_PIN_DIR), as `kong-mcp pin` writes it. It is read again when it has changed.',
  }),
  pin_lockfile_text: string({
    referenceable: true,
    description: 'The lockfile as text; may be a vault reference.',
  }),
  lint: boolean({
    description:
      'Warn of definitions that hide text, or speak to the model in place of about the tool; as soon as `pin` is `warn` or `enforce` where it is not set.',
  }),
  lint_off: array(string({ one_of: lintRuleIds, description: 'Id of a rule.' }), {
    default: [],
    len_max: 64,
    description: 'Rules by which nothing is warned of; docs/pins.md has them.',
  }),
};

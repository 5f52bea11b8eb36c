import { array, map, record, string } from './fields.js';
import type { TextRule } from './rules/texts.js';

/** OpenID Connect's scope for refresh tokens belongs to clients and their authorization server. */
export const notOfResource: readonly TextRule[] = [
  { pattern: '^offline_access$', err: 'offline_access is no scope of a resource: leave it out' },
];

const scope = string({ description: 'One scope token.', match: '^[!#-[%]^-~]+$' });

const neededScope = string({
  description: 'One scope token.',
  match: '^[!#-[%]^-~]+$',
  match_none: notOfResource,
});

const target = {
  methods: array(
    string({ len_max: 128, description: 'A method; `*` stands for any characters.' }),
    {
      default: [],
      len_max: 64,
      description:
        'Methods the rule is about, `tools/call` for instance; none means any. `tools/call`, `prompts/get` and `resources/read` decide what lists show, too.',
    },
  ),
  names: array(
    string({
      len_max: 1024,
      description: 'A name as clients see it, prefix included; `*` stands for any characters.',
    }),
    {
      default: [],
      len_max: 256,
      description:
        'Tools and prompts by name, resources by URI; none means any. A request that is about no item matches no name.',
    },
  ),
};

/** What is asked of a claim, read by `readCondition` of `lib/policy`. */
export const claimCondition = {
  equals: string({
    description: 'Holds where the claim is this text, number or boolean; never for a list.',
  }),
  contains: string({
    description: 'Holds where the claim is a list with this element, or this value alone.',
  }),
  one_of: array(string({ description: 'One of the values.' }), {
    len_min: 1,
    len_max: 256,
    description: 'Holds where the claim, or an element of it, is one of these values.',
  }),
};

/** Who may do what: the same fields in both plugins, read by `lib/policy`. */
export const policyFields = {
  scope_hierarchy: map(
    scope,
    array(scope, { required: true, len_max: 64, description: 'The scopes it implies.' }),
    {
      default: {},
      description:
        'Broad scopes and the scopes they imply, at any depth: a token with the broad one counts as having the others. A scope must not imply itself.',
    },
  ),
  scope_rules: array(
    record(
      {
        ...target,
        scopes: array(neededScope, {
          required: true,
          len_min: 1,
          len_max: 64,
          description: 'Scopes that the operation needs, all of them.',
        }),
      },
      { required: true, description: 'Scopes that some operations need.' },
    ),
    {
      default: [],
      len_max: 256,
      description:
        'Scopes by method and name. An operation needs the scopes of every rule it matches; a token that lacks one is answered 403 with all of them.',
    },
  ),
  claim_rules: array(
    record(
      {
        claim: string({
          required: true,
          len_min: 1,
          len_max: 512,
          description:
            'Path of a claim: names joined by dots; a dot within a name is written `\\.`.',
        }),
        ...claimCondition,
        effect: string({
          required: true,
          one_of: ['allow', 'deny'],
          description:
            'Whether operations that match are denied where the claim holds, or allowed only there.',
        }),
        ...target,
      },
      {
        required: true,
        description: 'Who may do some operations, by a claim of the token.',
        entity_checks: [{ only_one_of: ['equals', 'contains', 'one_of'] }],
      },
    ),
    {
      default: [],
      len_max: 256,
      description:
        'Rules on claims: any deny rule that holds denies; where allow rules match an operation, one of them must hold. A missing claim fulfils nothing.',
    },
  ),
};

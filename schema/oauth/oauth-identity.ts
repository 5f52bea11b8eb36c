import { neverFromClaims } from '../../lib/http/reserved-headers.js';
import { array, boolean, record, string } from '../fields.js';
import { secure } from '../rules/addresses.js';
import { noneOf } from '../rules/texts.js';

const claimPath = <const O extends { readonly required?: true; readonly description: string }>(
  options: O,
) =>
  array(string({ len_min: 1, description: 'Name of a claim or an object.' }), {
    len_min: 1,
    len_max: 8,
    ...options,
  });

/** A header that a claim becomes. */
const claimHeader = string({
  required: true,
  match: '^[%w-]+$',
  match_none: noneOf(
    neverFromClaims.names,
    neverFromClaims.beginnings,
    'steers routing, trust or the protocol: name another header',
  ),
  description: 'Request header the upstream receives.',
});

const consumerBy = array(
  string({ description: 'Attribute of a consumer.', one_of: ['username', 'id'] }),
  {
    default: ['username'],
    len_min: 1,
    len_max: 2,
    description:
      "Attributes of the consumer that the claim is compared with. Kong lets an external plugin look up by these two only, so `custom_id` cannot be served: give the consumer the claim's value as its username.",
  },
);

const consumerOptional = boolean({
  default: false,
  description:
    'Let a request pass without consumer where the claim is absent or no consumer fits; otherwise it is answered 403.',
});

/** What a verified token becomes for Kong and for the upstream. */
export const identityFields = {
  claim_to_header: array(
    record(
      {
        claim: string({ required: true, len_min: 1, description: 'Top-level claim of the token.' }),
        header: claimHeader,
      },
      { required: true, description: 'One claim and its header.' },
    ),
    {
      default: [],
      len_max: 32,
      description:
        "Claims handed to the upstream as headers: text, numbers, booleans, and lists joined by commas. A value that is not printable ASCII, or a list element with a comma, gives no header. The client's own copies are removed, whether or not the token has the claim.",
    },
  ),
  upstream_headers: array(
    record(
      {
        header: claimHeader,
        path: claimPath({ required: true, description: 'Way to the claim, name by name.' }),
      },
      { required: true, description: 'One header and its claim.' },
    ),
    {
      default: [],
      len_max: 32,
      description:
        'As `claim_to_header`, for claims inside objects: `path: [realm_access, roles]` is the claim `roles` of the object `realm_access`.',
    },
  ),
  passthrough_credentials: boolean({
    default: false,
    description:
      'Hand the verified token on to the upstream. Only for a server that is the audience of the token itself; refused in front of mcp-aggregate, whose servers get credentials of their own.',
  }),
  consumer_claim: claimPath({
    description:
      'Way to the claim that names the Kong consumer, name by name: `[preferred_username]`, or `[realm_access, user_id]` for a claim inside an object. Without it no consumer is looked up. For a single issuer; with several see `issuer_consumers`.',
  }),
  consumer_by: consumerBy,
  consumer_optional: consumerOptional,
  issuer_consumers: array(
    record(
      {
        issuer: string({
          required: true,
          match: '^https?://[^%s#?]+$',
          ...secure,
          description: 'One of `authorization_servers` or `issuers`.',
        }),
        consumer_claim: claimPath({
          required: true,
          description: 'As `consumer_claim`, for tokens of this issuer.',
        }),
        consumer_by: consumerBy,
        consumer_optional: consumerOptional,
      },
      { required: true, description: 'The mapping of one issuer.' },
    ),
    {
      default: [],
      len_max: 16,
      description:
        'Consumer mapping by issuer, where there are several. Tokens of an issuer that is not named here get no consumer.',
    },
  ),
  credential_claim: array(string({ len_min: 1, description: 'Name of a claim or an object.' }), {
    default: ['sub'],
    len_min: 1,
    len_max: 8,
    description:
      'Way to the claim from which, with the issuer, the id of the credential is made that `rate-limiting` counts by (`limit_by: credential`). A token without it counts by its subject.',
  }),
  authenticated_groups_claim: claimPath({
    description:
      "Way to the claim whose values (a list, or text separated by spaces) Kong's `acl` plugin takes as groups, for callers without a consumer; the `acl` plugin needs `always_use_authenticated_groups: true`.",
  }),
  anonymous: string({
    len_min: 1,
    description:
      "Consumer, by UUID or username, that stands for requests which offer no token, as in Kong's own authentication plugins; they then pass. A bad token is still answered 401. With it, a request that another plugin has authenticated passes without a token.",
  }),
};

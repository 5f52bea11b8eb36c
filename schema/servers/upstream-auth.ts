import { clientSecretFields } from '../client-secrets.js';
import { array, integer, record, string } from '../fields.js';
import { outboundFields } from '../outbound.js';
import { secure } from '../rules/addresses.js';
import { neededWhen } from '../rules/between-fields.js';

const scopes = array(string({ description: 'One scope token.', match: '^[!#-[%]^-~]+$' }), {
  default: [],
  len_max: 64,
  description: 'Scopes asked for, as `scope`.',
});

const audience = array(string({ len_min: 1, description: 'One audience.' }), {
  default: [],
  len_max: 16,
  description: 'Values of `audience`: the server as the authorization server names it.',
});

const resource = string({
  match: '^https?://[^%s#]+$',
  description: 'Value of `resource` (RFC 8707): the address of the server that the token is for.',
});

/** Which client the gateway is at a token endpoint; names are those of ai-mcp-oauth2. */
const clientFields = {
  token_endpoint: string({
    required: true,
    match: '^https?://[^%s#]+$',
    ...secure,
    description: 'Token endpoint of the authorization server; https, http on loopback hosts only.',
  }),
  client_id: string({
    required: true,
    referenceable: true,
    description: 'Client id of the gateway there.',
  }),
  client_auth: string({
    default: 'client_secret_basic',
    one_of: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    description: 'How the gateway authenticates there.',
  }),
  ...clientSecretFields,
  client_assertion_audience: string({
    description:
      'Value of `aud` in the assertion of `private_key_jwt`; default `token_endpoint`. Newer servers want their issuer identifier.',
  }),
};

const clientChecks = [
  ...['client_secret_basic', 'client_secret_post'].map((way) =>
    neededWhen('client_auth', way, ['client_secret'], `client_secret is needed for ${way}`),
  ),
  neededWhen(
    'client_auth',
    'private_key_jwt',
    ['client_jwk'],
    'client_jwk is needed for private_key_jwt',
  ),
];

/** Credentials that the gateway fetches for a `url` or `route` server. */
export const upstreamAuth = record(
  {
    client_credentials: record(
      { ...clientFields, scopes, audience, resource },
      {
        description:
          "Send a token of the gateway's own, fetched by the `client_credentials` grant: all callers share it. Beside `token_exchange` lists alone are fetched with it.",
        entity_checks: clientChecks,
      },
    ),
    token_exchange: record(
      {
        ...clientFields,
        request: record(
          {
            audience,
            resource,
            scopes,
            subject_token_type: string({
              default: 'urn:ietf:params:oauth:token-type:access_token',
              len_min: 1,
              description: "Type by which the caller's token is presented.",
            }),
            requested_token_type: string({
              len_min: 1,
              description: 'Type of the token asked for, as `requested_token_type`.',
            }),
          },
          { description: 'What is asked for.' },
        ),
        cache: record(
          {
            ttl: integer({
              default: 300,
              between: [1, 86400],
              description:
                'Seconds for which a token is used whose answer has no `expires_in`; never beyond the end of the token it was exchanged for.',
            }),
          },
          { description: 'How long exchanged tokens are kept.' },
        ),
      },
      {
        description:
          "Send each caller's own token, exchanged (RFC 8693) for one that is meant for this server. Needs mcp-oauth on the route. Lists are each caller's own too, unless `client_credentials` or a header `Authorization` beside it gives the gateway a credential for lists that all callers share.",
        entity_checks: clientChecks,
      },
    ),
    ...outboundFields,
  },
  {
    description:
      'Tokens for a `url` or `route` server, fetched and renewed by the gateway. A 401 of the server has the token renewed and the request sent again, once.',
    entity_checks: [{ at_least_one_of: ['client_credentials', 'token_exchange'] }],
  },
);

import { array, boolean, integer, map, pluginSchema, set, string } from './fields.js';
import type { ConfigOf } from './fields.js';
import { notOfResource, policyFields } from './policy-fields.js';
import { facadeFields } from './oauth/oauth-facade.js';
import { introspectionFields, issuerFields } from './oauth/oauth-tokens.js';
import { oauthChecks } from './oauth/oauth-checks.js';
import { holderFields } from './oauth/oauth-holder.js';
import { identityFields } from './oauth/oauth-identity.js';
import { outboundFields } from './outbound.js';
import { redisField } from './redis.js';
import { canonicalRules, noCredentials, secure, secureAddress } from './rules/addresses.js';

const ownScope = string({
  description: 'One scope token.',
  match: '^[!#-[%]^-~]+$',
  match_none: notOfResource,
});

/** Configuration of mcp-oauth. Where the meaning is the same, names are those of ai-mcp-oauth2. */
export const oauthFields = {
  resource: string({
    required: true,
    len_min: 8,
    match: '^https?://[^%s#?]+$',
    match_any: secureAddress,
    match_none: canonicalRules,
    description:
      'Canonical URL of the protected MCP endpoint (RFC 8707, RFC 9728 `resource`), exactly as clients call it: https (http on loopback hosts only), without query, fragment or trailing slash. Tokens must name it in `aud`, and the metadata address is derived from it.',
  }),
  authorization_servers: set(
    string({ description: 'Issuer identifier URL.', match: '^https?://[^%s#?]+$', ...secure }),
    {
      required: true,
      len_min: 1,
      len_max: 16,
      description: 'Issuers whose tokens are accepted and which the metadata document names.',
    },
  ),
  jwks_endpoint: string({
    match: '^https?://[^%s#]+$',
    ...secure,
    description:
      'Address of the JSON Web Key Set. Without it the address is discovered from the issuer (RFC 8414, then OpenID Connect Discovery). Allowed with one issuer only; see `issuers`.',
  }),
  jwks_cache_ttl: integer({
    default: 3600,
    between: [1, 86400],
    description:
      'Seconds for which fetched keys are good; a verified token is remembered for as long at most. Keys in use are fetched again in the background at half of it.',
  }),
  ...issuerFields,
  extra_audiences: array(string({ description: 'Audience value.' }), {
    description:
      'Further values accepted in `aud`, for authorization servers that cannot issue tokens for `resource`.',
    default: [],
    len_max: 16,
  }),
  client_id_audiences: array(string({ description: 'Client id.', len_min: 1 }), {
    description:
      'Clients whose access tokens pass without `aud`, for Amazon Cognito, whose tokens have none: `client_id` must be one of these and `token_use` be `access`. Each must be registered for this endpoint alone, since its tokens for anything else pass here too. A token with `aud` is not concerned.',
    default: [],
    len_max: 64,
  }),
  algorithms: array(
    string({
      description: 'JWS algorithm.',
      one_of: [
        'RS256',
        'RS384',
        'RS512',
        'PS256',
        'PS384',
        'PS512',
        'ES256',
        'ES384',
        'ES512',
        'EdDSA',
        'Ed25519',
      ],
    }),
    {
      default: ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519'],
      len_min: 1,
      description: 'Signature algorithms accepted; `none` and the HMAC family never are.',
    },
  ),
  token_types: array(
    string({ description: 'Value of the header `typ`.', one_of: ['at+jwt', 'JWT', 'absent'] }),
    {
      len_min: 1,
      description:
        'Accepted values of the token header `typ` (RFC 9068 asks for `at+jwt`); `absent` admits tokens without it. Default `at+jwt`, or what `facade.provider` says.',
    },
  ),
  jwt_claims_leeway: integer({
    default: 0,
    between: [0, 300],
    description: 'Clock difference tolerated in `exp` and `nbf`, in seconds.',
  }),
  ...holderFields,
  required_scopes: array(ownScope, {
    default: [],
    len_max: 64,
    description: 'Scopes a token must carry for any request; missing ones are answered with 403.',
  }),
  ...policyFields,
  max_request_body_size: integer({
    default: 1048576,
    between: [1024, 67108864],
    description:
      'Largest request body, in bytes, where `scope_rules` or `claim_rules` look into it; larger ones are answered 413. Without rules no body is read here.',
  }),
  scopes_supported: array(ownScope, {
    default: [],
    len_max: 64,
    description:
      'Scopes named by the metadata document, and by the 401 challenge where no scope is required; default `required_scopes`.',
  }),
  resource_name: string({ description: 'Human-readable name in the metadata document.' }),
  resource_documentation: string({
    match: '^https?://[^%s]+$',
    description: 'Address of documentation for developers, in the metadata document.',
  }),
  resource_policy_uri: string({
    match: '^https?://[^%s]+$',
    description: 'Address of the policy on the use of the data, in the metadata document.',
  }),
  resource_tos_uri: string({
    match: '^https?://[^%s]+$',
    description: 'Address of the terms of service, in the metadata document.',
  }),
  resource_signing_alg_values_supported: array(
    string({
      description: 'JWS algorithm.',
      match: '^[A-Z]%w+$',
    }),
    {
      default: [],
      len_max: 16,
      description:
        'Algorithms by which the server behind signs its answers, in the metadata document. Has nothing to do with tokens: see `algorithms`.',
    },
  ),
  resource_origins: set(
    string({
      description: 'Scheme, host and port.',
      match: '^https?://[^%s/#?]+$',
      match_any: secureAddress,
      match_none: [noCredentials()],
    }),
    {
      default: [],
      len_max: 64,
      description:
        'Further origins, such as `https://mcp.example.org`, under which clients reach this endpoint. The resource is then the origin of the host asked for, followed by the path of `resource`; tokens must name just that one. `X-Forwarded-Host` counts where Kong trusts the sender (`trusted_ips`). Any other host is answered 421.',
    },
  ),
  serve_root_metadata: boolean({
    default: false,
    description:
      'Answer the root address `/.well-known/oauth-protected-resource` too. One endpoint of a host may claim it; the Route must hold that path.',
  }),
  allowed_origins: array(string({ description: 'An origin, or `*`.' }), {
    default: [],
    len_max: 64,
    description:
      'Values of the `Origin` header that are let in; a request with any other is answered 403. `*` lets in all, `null` the opaque origin. Requests without `Origin` are not concerned.',
  }),
  ...identityFields,
  token_cache_size: integer({
    default: 10000,
    between: [0, 1000000],
    description: 'Most verified tokens kept in memory per configuration; 0 keeps none.',
  }),
  ...introspectionFields,
  ...facadeFields,
  timeout: integer({
    default: 5000,
    between: [100, 9000],
    description:
      'How long a request waits for the keys of an issuer, discovery included, for an introspection answer, or for an answer of the issuer to a login, in milliseconds. Below the deadline of the plugin server, so that the client gets a 503.',
  }),
  redis: redisField,
  ...outboundFields,
  metadata_extra: map(
    string({ description: 'Member name.', match: '^[%w_]+#?[%w-]*$' }),
    string({ description: 'Value, as text or JSON.' }),
    {
      default: {},
      description:
        'Further members of the metadata document, language variants such as `resource_name#fr` among them. A value that begins with `[` or `{`, or is `true` or `false`, is read as JSON; any other is text.',
    },
  ),
};

export type OAuthKongConfig = ConfigOf<typeof oauthFields>;

export const oauthSchema = pluginSchema('mcp-oauth', oauthFields, {
  noConsumer: true,
  entityChecks: oauthChecks,
});

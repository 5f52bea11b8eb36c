import { clientSecretFields } from '../client-secrets.js';
import { introspectionHeaders } from '../../lib/http/reserved-headers.js';
import { array, boolean, integer, map, record, string } from '../fields.js';
import { secure } from '../rules/addresses.js';
import { noneOf } from '../rules/texts.js';

const url = '^https?://[^%s#]+$';
const ownHeader = 'is set by the gateway: leave it out';

/** Whose keys vouch for tokens, and what else a token must fulfil. */
export const issuerFields = {
  issuers: array(
    record(
      {
        issuer: string({
          required: true,
          match: '^https?://[^%s#?]+$',
          ...secure,
          description: 'Issuer identifier, exactly as tokens carry it in `iss`.',
        }),
        jwks_endpoint: string({
          match: url,
          ...secure,
          description: 'Address of its key set; without it and `jwks` it is discovered.',
        }),
        jwks: string({
          referenceable: true,
          description:
            'Its public keys themselves, a JSON Web Key Set as text; nothing is fetched.',
        }),
        metadata_discovery_endpoint: string({
          match: url,
          ...secure,
          description: 'Address of its metadata, where it is at none of the standard places.',
        }),
      },
      {
        required: true,
        description: 'One issuer and where its keys are; at most one of the sources.',
        entity_checks: [
          { mutually_exclusive: ['jwks_endpoint', 'jwks', 'metadata_discovery_endpoint'] },
        ],
      },
    ),
    {
      default: [],
      len_max: 16,
      description:
        'Key sources by issuer. An issuer that `authorization_servers` does not name is accepted, but not shown to clients. A key counts for the issuer it was fetched for only; `https://as` and `https://as/` are two issuers.',
    },
  ),
  metadata_discovery_endpoint: string({
    match: url,
    ...secure,
    description:
      'Address of the metadata of the authorization server, where it is at none of the standard places (RFC 8414, OpenID Connect Discovery). Allowed with one issuer only.',
  }),
  jwks_stale_ttl: integer({
    default: 3600,
    between: [0, 604800],
    description:
      'Seconds for which keys older than `jwks_cache_ttl` are still used while new ones cannot be fetched; then requests get 503. A key withdrawn meanwhile counts for as long.',
  }),
  allowed_clients: array(string({ description: 'Client id.' }), {
    default: [],
    len_max: 1024,
    description:
      'Clients whose tokens are accepted, by `client_id` (else `azp`, `cid`, `appid`); empty accepts all. A token that names a client in several of these claims needs all of them here.',
  }),
  scope_claims: array(string({ description: 'Claim name or dotted path.', len_max: 256 }), {
    default: ['scope', 'scp'],
    len_min: 1,
    len_max: 16,
    description:
      'Claims that hold scopes, all of them counted: text separated by spaces, or a list. Dotted paths lead into objects (`realm_access.roles`); a dot within a name is written `\\.`.',
  }),
};

/** Opaque tokens, by RFC 7662. */
export const introspectionFields = {
  introspection_endpoint: string({
    match: url,
    ...secure,
    description: 'Address that is asked about tokens (RFC 7662); needs `client_id`.',
  }),
  introspect: string({
    default: 'all',
    one_of: ['all', 'opaque'],
    description:
      'Which tokens are introspected: `all` but the JWTs of other configured issuers, so that introspection wins over keys, or only `opaque` ones, which are no JWTs.',
  }),
  introspection_issuer: string({
    match: '^https?://[^%s#?]+$',
    ...secure,
    description:
      'Issuer that the introspection endpoint belongs to, one of those configured; needed where there are several.',
  }),
  introspection_cache_ttl: integer({
    default: 60,
    between: [0, 86400],
    description:
      'Seconds for which a positive answer is remembered, never beyond the `exp` in it; 0 asks on every request. A token revoked meanwhile counts for as long. An answer without `exp` holds for this long too, for 60 seconds where it is 0.',
  }),
  client_id: string({
    referenceable: true,
    description: 'Client id of this gateway at the introspection endpoint.',
  }),
  client_auth: string({
    default: 'client_secret_basic',
    one_of: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    description: 'How this gateway authenticates there.',
  }),
  ...clientSecretFields,
  client_assertion_audience: string({
    description:
      'Value of `aud` in the assertion of `private_key_jwt`; default the issuer. Some servers want the address of the endpoint.',
  }),
  args: map(
    string({ description: 'Parameter name.', match: '^[%w_.-]+$' }),
    string({ description: 'Value, as text.', referenceable: true }),
    { default: {}, description: 'Further parameters of introspection requests.' },
  ),
  headers: map(
    string({
      description: 'Header name.',
      match: '^[%w-]+$',
      match_none: noneOf(introspectionHeaders.names, introspectionHeaders.beginnings, ownHeader),
    }),
    string({ description: 'Value, as text.', referenceable: true }),
    { default: {}, description: 'Further headers of introspection requests.' },
  ),
  insecure_relaxed_audience_validation: boolean({
    default: false,
    description:
      'Accept introspection answers without any `aud` from servers that cannot give one: a token for another resource of the same issuer then passes here. An `aud` that is there must fit all the same.',
  }),
};

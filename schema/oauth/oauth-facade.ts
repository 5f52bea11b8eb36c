import { clientSecretFields } from '../client-secrets.js';
import { array, boolean, map, record, string } from '../fields.js';
import { apart } from '../rules/between-fields.js';

const scope = string({ description: 'One scope token.', match: '^[!#-[%]^-~]+$' });

const ownParameters = [
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'redirect_uri',
  'request',
  'request_uri',
  'response_type',
  'state',
].map((name) => ({ pattern: `^${name}$`, err: 'is the client’s: it cannot be set here' }));

/** The login of clients by way of this gateway. */
export const facadeFields = {
  facade: record(
    {
      provider: string({
        default: 'generic',
        one_of: ['generic', 'entra-id', 'okta', 'auth0', 'cognito', 'google', 'keycloak'],
        description:
          'What is at the issuer: gives the fields below that are left out, and `token_types`, their values (`docs/facade-presets.md`).',
      }),
      registration: string({
        one_of: ['static', 'proxy'],
        description:
          'Who answers dynamic registration (RFC 7591): `static`, this gateway, with `client_id`; `proxy`, the issuer, asked by this gateway. Default by `provider`.',
      }),
      client_id: string({
        referenceable: true,
        len_min: 1,
        description:
          'Client that is registered at the issuer by hand and that clients of this endpoint share; needed where `registration` is `static`.',
      }),
      client_auth: string({
        default: 'client_secret_post',
        one_of: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
        description:
          'How this gateway proves at the token endpoint that it is `client_id`, where that client has a secret or a key. Clients of this endpoint are public all the same and never see it.',
      }),
      ...clientSecretFields,
      redirect_uris: array(string({ description: 'A URI, or `loopback`.', len_min: 1 }), {
        default: ['loopback'],
        len_min: 1,
        len_max: 128,
        description:
          'Where codes for `client_id` may be sent, and what clients may register with: `loopback` for any address `http://127.0.0.1`, `http://[::1]` or `http://localhost` with any port and path; all else letter by letter. The issuer has to know them too.',
      }),
      resource_parameter: string({
        one_of: ['keep', 'drop', 'replace'],
        description:
          'What becomes of the parameter `resource` on its way to the issuer; `replace` sends `resource_value`. Default by `provider`.',
      }),
      resource_value: string({
        len_min: 1,
        description: 'Sent as `resource` where `resource_parameter` is `replace`.',
      }),
      audience: string({
        len_min: 1,
        description:
          'Sent as `audience` with authorization requests, in place of what clients send. Default by `provider`.',
      }),
      add_scopes: array(scope, {
        len_max: 32,
        description: 'Scopes added to authorization requests. Default by `provider`.',
      }),
      drop_scopes: array(scope, {
        len_max: 32,
        description:
          'Scopes taken out of requests, for issuers that refuse what they do not know. Default by `provider`.',
      }),
      add_parameters: map(
        string({ description: 'Parameter name.', match: '^[%w_.-]+$', match_none: ownParameters }),
        string({ description: 'Value, as text.' }),
        {
          description:
            'Further parameters of authorization requests, in place of what clients send. Default by `provider`.',
        },
      ),
      jwks: string({
        one_of: ['direct', 'proxy'],
        description:
          'Whether `jwks_uri` of the metadata leads to the issuer or to this gateway. Default by `provider`.',
      }),
      serve_root: boolean({
        default: false,
        description:
          'Answer at the root too (`/.well-known/oauth-authorization-server`, `/authorize`, `/token`, `/register`), where clients look that know nothing of protected resource metadata. One endpoint of a host may claim it; the Route must hold these paths.',
      }),
    },
    {
      // Kong fills a record that does not say so, and would have every endpoint have a facade.
      required: false,
      description:
        'Lets clients log in by way of this gateway, for issuers that they cannot use directly: answers authorization server metadata, registration, authorization, token and revocation requests below the path of `resource`, and names itself as the authorization server. Tokens are the issuer’s, and codes go from it straight to the client.',
      entity_checks: apart('client_secret', ['client_jwk']),
    },
  ),
};

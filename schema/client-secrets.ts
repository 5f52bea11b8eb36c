import { string } from './fields.js';

/** What a client proves itself with at an authorization server, by either kind of `client_auth`. */
export const clientSecretFields = {
  client_secret: string({
    referenceable: true,
    encrypted: true,
    description: 'Secret for `client_secret_basic` and `client_secret_post`.',
  }),
  client_jwk: string({
    referenceable: true,
    encrypted: true,
    description:
      'Private key for `private_key_jwt`, a JSON Web Key as text; its `alg` says how to sign.',
  }),
};

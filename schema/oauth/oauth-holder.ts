import { array, boolean, integer, record, string } from '../fields.js';

/** Tokens that count only with a key of their holder (RFC 9449, RFC 8705). */
export const holderFields = {
  dpop: record(
    {
      mode: string({
        required: true,
        one_of: ['off', 'allowed', 'required'],
        description:
          '`allowed`: tokens bound by `cnf.jkt` come by the scheme DPoP with a proof, others by Bearer. `required`: no others are taken.',
      }),
      algorithms: array(
        string({
          description: 'JWS algorithm.',
          one_of: [
            'ES256',
            'ES384',
            'ES512',
            'EdDSA',
            'Ed25519',
            'PS256',
            'PS384',
            'PS512',
            'RS256',
            'RS384',
            'RS512',
          ],
        }),
        {
          default: ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'],
          len_min: 1,
          description:
            'Algorithms of proofs, in challenges and metadata too. To check one of ES384 takes five times the CPU of one of ES256, of ES512 ten times.',
        },
      ),
      proof_lifetime: integer({
        default: 60,
        between: [5, 300],
        description:
          'Seconds by which `iat` of a proof may differ from the clock here, before and after; with `require_nonce` how long a nonce counts. Used proofs are remembered for that time.',
      }),
      require_nonce: boolean({
        default: false,
        description:
          'Take proofs only with a nonce given out here. A client gets the first one with a 401 (`use_dpop_nonce`), later ones with answers; its own clock does not count then.',
      }),
    },
    {
      required: false,
      description:
        'Proof of possession by DPoP (RFC 9449). Without it, and with `mode: off`, tokens bound to a key (`cnf.jkt`) are refused and the scheme DPoP is not looked at.',
    },
  ),
  mtls_bound_tokens: string({
    default: 'off',
    one_of: ['off', 'allowed', 'required'],
    description:
      'Tokens bound to a client certificate (`cnf.x5t#S256`, RFC 8705). `off`: they are refused. `allowed`: they pass with the certificate that nginx got from the client, and others pass without. `required`: no others are taken. nginx has to ask for certificates.',
  }),
};

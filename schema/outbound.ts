import { array, boolean, string } from './fields.js';

/** How a plugin's own calls leave the gateway. */
export const outboundFields = {
  ssl_verify: boolean({
    default: true,
    description:
      "Verify the certificates of servers that this plugin calls itself. Without it, whoever is on the way can replace an issuer's keys: for trials only.",
  }),
  ca_certificates: string({
    referenceable: true,
    description:
      'Certificates of further authorities in PEM, one after the other, trusted by the calls of this plugin beside the well-known ones.',
  }),
  http_proxy: string({
    match: '^https?://[^%s]+$',
    referenceable: true,
    encrypted: true,
    description:
      'Proxy for the calls of this plugin to `http` addresses, and to `https` ones without `https_proxy`; may hold user and password. Behind a proxy names are resolved there, so `allow_private_addresses` is checked for addresses written as such only.',
  }),
  https_proxy: string({
    match: '^https?://[^%s]+$',
    referenceable: true,
    encrypted: true,
    description: 'Proxy for the calls of this plugin to `https` addresses; see `http_proxy`.',
  }),
  no_proxy: string({
    description: 'Hosts and domains that are called without a proxy, separated by commas.',
  }),
  allow_private_addresses: array(
    string({
      description: 'A range, an address, `private` or `loopback`.',
      match: '^[%x.:/a-z]+$',
    }),
    {
      default: [],
      len_max: 64,
      description:
        'Addresses beside public ones that the calls of this plugin may reach: ranges such as `10.0.0.0/8`, single addresses, `private` (RFC 1918, RFC 6598, unique local) and `loopback`. Checked on the address connected to. An issuer or endpoint configured on a loopback host may be reached there without an entry.',
    },
  ),
};

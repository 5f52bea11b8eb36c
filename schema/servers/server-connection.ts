import { boolean, string } from '../fields.js';

/** How a `url` or `route` server is connected to. */
export const serverConnection = {
  ssl_verify: boolean({
    default: true,
    description:
      "Verify the certificate of an `https` server. Without it whoever is on the way can read and answer in the server's place: for trials only; a warning is logged.",
  }),
  ca_certificates: string({
    referenceable: true,
    description:
      'Certificates of further authorities in PEM, one after the other, trusted for this server beside the well-known ones.',
  }),
  client_certificate: string({
    referenceable: true,
    description:
      'Certificate in PEM, its chain after it, shown to an `https` server that asks for one (mutual TLS). Needs `client_key`.',
  }),
  client_key: string({
    referenceable: true,
    encrypted: true,
    description:
      'Private key of `client_certificate` in PEM, without a passphrase; best a vault reference.',
  }),
  ssl_server_name: string({
    match: '^[%w._-]+$',
    len_max: 253,
    description:
      "Host name asked for (SNI) and expected in the certificate of an `https` server, in place of the address's.",
  }),
  http_proxy: string({
    match: '^https?://[^%s]+$',
    referenceable: true,
    encrypted: true,
    description:
      'Proxy to an `http` server, and to an `https` one without `https_proxy`; may hold user and password. A tunnel is asked for (CONNECT).',
  }),
  https_proxy: string({
    match: '^https?://[^%s]+$',
    referenceable: true,
    encrypted: true,
    description: 'Proxy to an `https` server; see `http_proxy`.',
  }),
  no_proxy: string({
    description: 'Hosts and domains that are connected to without a proxy, separated by commas.',
  }),
};

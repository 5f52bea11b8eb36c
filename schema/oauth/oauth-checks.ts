import { apart, needs, oneEntryFor } from '../rules/between-fields.js';

const single = 'is for a single issuer: with several, use ';

/** What Kong checks between fields. */
export const oauthChecks = [
  needs('introspection_endpoint', ['client_id'], 'introspection_endpoint needs client_id'),
  needs(
    'introspection_endpoint',
    ['client_secret', 'client_jwk'],
    'introspection_endpoint needs client_secret, or client_jwk where client_auth is private_key_jwt',
  ),
  ...apart('jwks_endpoint', ['metadata_discovery_endpoint']),
  { mutually_exclusive_sets: { set1: ['jwks_endpoint'], set2: ['issuers'] } },
  { mutually_exclusive_sets: { set1: ['metadata_discovery_endpoint'], set2: ['issuers'] } },
  ...['jwks_endpoint', 'metadata_discovery_endpoint'].map((field) =>
    oneEntryFor(field, 'authorization_servers', `${field} ${single}issuers`),
  ),
  oneEntryFor(
    'consumer_claim',
    'authorization_servers',
    `consumer_claim ${single}issuer_consumers`,
  ),
  ...apart('consumer_claim', ['issuer_consumers']),
];

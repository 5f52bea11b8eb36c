import type { ReferenceGroup } from './render-reference.js';

/** How the reference page orders mcp-oauth's fields. */
export const oauthGroups: readonly ReferenceGroup[] = [
  {
    title: 'protect an endpoint',
    example: `
resource: https://gateway.example.com/mcp
authorization_servers: [https://login.example.com]
required_scopes: ['mcp:tools']`,
    fields: ['resource', 'authorization_servers', 'required_scopes', 'allowed_origins'],
  },
  {
    title: 'which tokens count',
    example: `
resource: https://gateway.example.com/mcp
authorization_servers: [https://login.example.com/realms/mcp]
token_types: [at+jwt, JWT]
allowed_clients: [desktop]`,
    fields: [
      'allowed_clients',
      'scope_claims',
      'extra_audiences',
      'client_id_audiences',
      'insecure_relaxed_audience_validation',
      'algorithms',
      'token_types',
      'jwt_claims_leeway',
      'token_cache_size',
    ],
  },
  {
    title: 'tokens bound to a key',
    example: `
resource: https://gateway.example.com/mcp
authorization_servers: [https://login.example.com]
dpop: { mode: allowed, require_nonce: true }`,
    fields: ['dpop', 'mtls_bound_tokens'],
  },
  {
    title: 'where keys come from',
    example: `
resource: https://gateway.example.com/mcp
authorization_servers: [https://login.example.com]
jwks_endpoint: https://login.example.com/keys`,
    fields: [
      'jwks_endpoint',
      'jwks_cache_ttl',
      'jwks_stale_ttl',
      'issuers',
      'metadata_discovery_endpoint',
    ],
  },
  {
    title: 'opaque tokens',
    example: `
resource: https://gateway.example.com/mcp
authorization_servers: [https://login.example.com]
introspection_endpoint: https://login.example.com/introspect
client_id: gateway
client_secret: '{vault://env/gateway_secret}'`,
    fields: [
      'introspection_endpoint',
      'introspect',
      'introspection_issuer',
      'introspection_cache_ttl',
      'client_id',
      'client_auth',
      'client_secret',
      'client_jwk',
      'client_assertion_audience',
      'args',
      'headers',
    ],
  },
  {
    title: 'who may do what',
    example: `
resource: https://gateway.example.com/mcp
authorization_servers: [https://login.example.com]
scope_rules:
  - { methods: [tools/call], names: [delete_*], scopes: ['mcp:write'] }
claim_rules:
  - { claim: department, equals: finance, effect: allow, names: [ledger_*] }`,
    fields: ['scope_hierarchy', 'scope_rules', 'claim_rules', 'max_request_body_size'],
  },
  {
    title: 'the metadata document',
    example: `
resource: https://gateway.example.com/mcp
authorization_servers: [https://login.example.com]
resource_name: Tools of Example Ltd
resource_documentation: https://docs.example.com/mcp`,
    fields: [
      'scopes_supported',
      'resource_name',
      'resource_documentation',
      'resource_policy_uri',
      'resource_tos_uri',
      'resource_signing_alg_values_supported',
      'resource_origins',
      'serve_root_metadata',
      'metadata_extra',
    ],
  },
  {
    title: 'login by way of the gateway',
    example: `
resource: https://gateway.example.com/mcp
authorization_servers: [https://login.microsoftonline.com/TENANT_ID/v2.0]
extra_audiences: [APPLICATION_CLIENT_ID]
facade:
  provider: entra-id
  client_id: SHARED_CLIENT_ID`,
    fields: ['facade'],
  },
  {
    title: "the caller, for Kong's plugins and for the server",
    example: `
resource: https://gateway.example.com/mcp
authorization_servers: [https://login.example.com]
consumer_claim: [sub]
consumer_optional: true
claim_to_header:
  - { claim: email, header: X-User-Email }`,
    fields: [
      'consumer_claim',
      'consumer_by',
      'consumer_optional',
      'issuer_consumers',
      'credential_claim',
      'authenticated_groups_claim',
      'anonymous',
      'claim_to_header',
      'upstream_headers',
      'passthrough_credentials',
    ],
  },
  {
    title: 'several workers and nodes',
    example: `
resource: https://gateway.example.com/mcp
authorization_servers: [https://login.example.com]
redis: { host: redis.internal, password: '{vault://env/redis_password}' }`,
    fields: ['redis'],
  },
  {
    title: "the plugin's own calls",
    example: `
resource: https://gateway.example.com/mcp
authorization_servers: [https://login.internal]
allow_private_addresses: [10.0.0.0/8]
timeout: 5000`,
    fields: [
      'timeout',
      'ssl_verify',
      'ca_certificates',
      'http_proxy',
      'https_proxy',
      'no_proxy',
      'allow_private_addresses',
    ],
  },
];

/** How the reference page orders mcp-aggregate's fields. */
export const aggregateGroups: readonly ReferenceGroup[] = [
  {
    title: 'servers behind one endpoint',
    example: `
servers:
  - { name: tickets, url: https://tickets.internal/mcp }
  - { name: files, stdio: files }
  - { name: billing, route: { path: /internal/billing } }`,
    fields: ['servers', 'mode', 'anonymous'],
  },
  {
    title: 'names, and what is shown',
    example: `
servers:
  - name: tickets
    url: https://tickets.internal/mcp
    prefix: t_
    tools:
      deny: [delete_*]
      overrides:
        - { name: search, rename: find, description: Finds tickets by their text. }`,
    fields: [
      'servers[].prefix',
      'servers[].tools',
      'servers[].prompts',
      'servers[].resources',
      'servers[].uri_mapping',
      'allow_overlapping_prefixes',
      'server_name',
      'instructions',
    ],
  },
  {
    title: 'credentials and headers for a server',
    example: `
servers:
  - name: tickets
    url: https://tickets.internal/mcp
    headers: { Authorization: '{vault://env/tickets_authorization}' }
    forward_headers: [X-Tenant]`,
    fields: [
      'servers[].headers',
      'servers[].forward_headers',
      'servers[].auth',
      'servers[].trace_context',
    ],
  },
  {
    title: 'the connection to a server',
    example: `
servers:
  - name: tickets
    url: https://tickets.internal/mcp
    ca_certificates: '{vault://env/internal_ca}'
    timeout: 30000`,
    fields: [
      'servers[].ssl_verify',
      'servers[].ca_certificates',
      'servers[].client_certificate',
      'servers[].client_key',
      'servers[].ssl_server_name',
      'servers[].http_proxy',
      'servers[].https_proxy',
      'servers[].no_proxy',
      'servers[].timeout',
      'servers[].circuit_breaker',
      'servers[].direct',
      'servers[].direct_upstream',
      'servers[].max_response_size',
      'servers[].protocol_versions',
    ],
  },
  {
    title: 'child processes, and servers that ask',
    example: `
servers:
  - { name: files, stdio: files, stdio_scope: session, trusted: true }`,
    fields: [
      'servers[].stdio',
      'servers[].stdio_scope',
      'servers[].stdio_max_children',
      'servers[].trusted',
    ],
  },
  {
    title: 'who may do what',
    example: `
servers:
  - { name: tickets, url: https://tickets.internal/mcp }
scope_rules:
  - { methods: [tools/call], names: [tickets__delete_*], scopes: ['tickets:write'] }
hide_unauthorized: true`,
    fields: [
      'scope_hierarchy',
      'scope_rules',
      'claim_rules',
      'argument_rules',
      'views',
      'views_only',
      'guards',
      'hide_unauthorized',
      'allowed_origins',
    ],
  },
  {
    title: 'sessions, lists, limits',
    example: `
servers:
  - { name: tickets, url: https://tickets.internal/mcp }
session_ttl: 86400
page_size: 200`,
    fields: [
      'protocol_versions',
      'max_request_body_size',
      'session_ttl',
      'max_stream_age',
      'list_timeout',
      'list_ttl',
      'page_size',
      'label',
    ],
  },
  {
    title: 'several workers and nodes',
    example: `
servers:
  - { name: tickets, url: https://tickets.internal/mcp }
redis: { host: redis.internal, password: '{vault://env/redis_password}', ssl: true }`,
    fields: ['redis'],
  },
];

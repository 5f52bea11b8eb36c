import type { FacadePlace } from './facade-config.js';
import type { IssuerMetadata } from './issuer-metadata.js';

type Members = Readonly<Record<string, unknown>>;

/** Members that would lead by the facade, or promise what passing through it cannot keep. */
const removed = new Set([
  'authorization_response_iss_parameter_supported',
  'dpop_signing_alg_values_supported',
  'mtls_endpoint_aliases',
  'pushed_authorization_request_endpoint',
  'registration_endpoint',
  'request_object_signing_alg_values_supported',
  'require_pushed_authorization_requests',
  'require_signed_request_object',
  'revocation_endpoint',
  'signed_metadata',
  'tls_client_certificate_bound_access_tokens',
]);

/**
 * The issuer's metadata as the facade shows it: all of it, but for addresses of the facade, what
 * these change, and what the facade cannot keep. `issuer` is the facade, since clients compare it
 * with where they looked (RFC 8414 §3.3); tokens name the issuer itself.
 * @param issuer what the client took for the issuer: the resource, or its origin
 */
export function facadeMetadata(
  { resource, facade }: FacadePlace,
  { document, register, revoke, keys }: IssuerMetadata,
  issuer: string,
): Members {
  const kept = Object.fromEntries(Object.entries(document).filter(([name]) => !removed.has(name)));
  const at = (name: string) => `${resource}/${name}`;
  const registers = facade.registration === 'static' || register !== undefined;
  return {
    ...kept,
    issuer,
    authorization_endpoint: at('authorize'),
    token_endpoint: at('token'),
    ...(registers ? { registration_endpoint: at('register') } : {}),
    ...(revoke ? { revocation_endpoint: at('revoke') } : {}),
    ...(facade.proxiesKeys && keys ? { jwks_uri: at('jwks') } : {}),
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    ...scopes(document, facade.dropScopes),
    ...methods(document, 'token_endpoint', facade.client !== undefined),
    ...(revoke ? methods(document, 'revocation_endpoint', facade.client !== undefined) : {}),
  };
}

function scopes(document: Members, dropped: readonly string[]): Members {
  const all = document['scopes_supported'];
  if (!Array.isArray(all)) return {};
  return { scopes_supported: all.filter((scope) => !dropped.includes(String(scope))) };
}

/** Clients that share one have no secret; others prove themselves as the issuer takes it. */
function methods(document: Members, endpoint: string, shares: boolean): Members {
  const name = `${endpoint}_auth_methods_supported`;
  if (!shares) return {};
  const known = document[name];
  const others: readonly unknown[] = Array.isArray(known) ? known : ['client_secret_basic'];
  return { [name]: [...new Set(['none', ...others])] };
}

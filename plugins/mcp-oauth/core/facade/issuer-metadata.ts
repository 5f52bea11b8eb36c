import { isLoopback } from '../resource/urls.js';

type Members = Readonly<Record<string, unknown>>;

/** What the metadata of an issuer says (RFC 8414 §2), and the addresses in it that are used. */
export interface IssuerMetadata {
  readonly document: Members;
  readonly authorize: URL;
  readonly token: URL;
  readonly register: URL | undefined;
  readonly revoke: URL | undefined;
  readonly keys: URL | undefined;
  /** Whether authorization responses carry `iss` (RFC 9207), which names the issuer, not the facade. */
  readonly namesItself: boolean;
}

/**
 * Reads what is needed of the metadata of `issuer`; undefined where it cannot be used. Addresses
 * must be https, so that neither a browser nor a secret is led elsewhere on the way; plain http is
 * for an issuer and addresses on this machine.
 */
export function issuerMetadata(issuer: string, document: Members): IssuerMetadata | undefined {
  const at = (name: string) => address(issuer, document[name]);
  const [authorize, token] = [at('authorization_endpoint'), at('token_endpoint')];
  if (authorize === undefined || token === undefined) return undefined;
  return {
    document,
    authorize,
    token,
    register: at('registration_endpoint'),
    revoke: at('revocation_endpoint'),
    keys: at('jwks_uri'),
    namesItself: document['authorization_response_iss_parameter_supported'] === true,
  };
}

function address(issuer: string, value: unknown): URL | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  if (url.username !== '' || url.password !== '' || url.hash !== '') return undefined;
  const local = isLoopback(new URL(issuer)) && isLoopback(url);
  return url.protocol === 'https:' || (url.protocol === 'http:' && local) ? url : undefined;
}

import type { ClientAuthentication } from '../../../../lib/outbound/client-authentication.js';
import type { KeySource } from '../token/token-config.js';
import type { RedirectRule } from './redirect-uris.js';

/** The client that is registered at the issuer by hand. */
export interface SharedClient {
  readonly id: string;
  /** Absent where the client is public at the issuer too. */
  readonly proof: ClientAuthentication | undefined;
}

/** Login by way of this gateway, for one issuer. */
export interface FacadeConfig {
  readonly issuer: string;
  /** Where the issuer's metadata is; the standard places where it does not say. */
  readonly source: KeySource | undefined;
  readonly registration: 'static' | 'proxy';
  readonly client: SharedClient | undefined;
  readonly allowsRedirect: RedirectRule;
  /** Sent in place of `resource`; null drops it, undefined keeps it. */
  readonly resourceAs: string | null | undefined;
  /** `undefined` leaves what clients send. */
  readonly audience: string | undefined;
  /** Whether that is the resource, which follows the host. */
  readonly audienceFollows: boolean;
  readonly addScopes: readonly string[];
  readonly dropScopes: readonly string[];
  readonly addParameters: Readonly<Record<string, string>>;
  readonly proxiesKeys: boolean;
  readonly servesRoot: boolean;
}

/** A facade under one host. */
export interface FacadePlace {
  /** The protected resource, which is also what the facade calls itself as an issuer. */
  readonly resource: string;
  readonly facade: FacadeConfig;
}

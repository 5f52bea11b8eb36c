import type { JWK } from 'jose';
import {
  newSigningKey,
  startAuthorizationServer,
} from '../../../kong/demo/login/authorization-server.js';
import type {
  AuthorizationServer,
  AuthorizationServerOptions,
} from '../../../kong/demo/login/authorization-server.js';
import { mintToken } from '../authorization-server/mint.js';
import type { MintOptions } from '../authorization-server/mint.js';

export const scope = 'mcp:tools';

export interface Issuer {
  readonly server: AuthorizationServer;
  readonly url: string;
  readonly key: JWK;
  /** A good access token for `resource`, kept in `minted`. */
  token(resource: string, subject?: string, options?: Partial<MintOptions>): Promise<string>;
  /** Every token given out here: none of them may stand in a log. */
  readonly minted: string[];
  close(): Promise<void>;
}

/** A real authorization server whose signing key the test holds. */
export async function startIssuer(
  resources: readonly string[],
  options: Partial<AuthorizationServerOptions> = {},
): Promise<Issuer> {
  const key = options.signingKey ?? (await newSigningKey());
  const server = await startAuthorizationServer({
    port: 0,
    resources,
    ...options,
    signingKey: key,
  });
  const minted: string[] = [];
  return {
    server,
    url: server.issuer,
    key,
    minted,
    token: async (resource, subject = 'alice', own = {}) => {
      const good = { issuer: server.issuer, resource, subject, scope };
      const token = await mintToken(good, { key, ...own });
      minted.push(token);
      return token;
    },
    close: () => server.close(),
  };
}

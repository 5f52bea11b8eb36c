import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Agent, fetch as undiciFetch } from 'undici';
import type { ClientMetadataFetch } from '../../../kong/demo/login/provider-configuration.js';
import { certificates } from '../tls/certificates.js';
import { HeadlessOAuthProvider } from './oauth-client.js';

export interface ClientDocument {
  /** The client's id: the https address of its metadata document. */
  readonly url: string;
  /** How often it was fetched. */
  readonly fetched: () => number;
  /** For the authorization server, which has to trust this host. */
  readonly fetch: ClientMetadataFetch;
  close(): Promise<void>;
}

/** A client that shows this address as its id and never registers. */
export class AddressedClient extends HeadlessOAuthProvider {
  readonly clientMetadataUrl: string;

  constructor(document: ClientDocument) {
    super();
    this.clientMetadataUrl = document.url;
  }
}

/** An https host with the metadata document of one client, by which it needs no registration. */
export async function startClientDocument(
  redirectUris: readonly string[],
): Promise<ClientDocument> {
  const { ca, cert, key } = certificates('IP:127.0.0.1');
  let fetched = 0;
  const server = createServer({ cert, key }, (_request, response) => {
    fetched += 1;
    const document = {
      client_id: url,
      client_name: 'client with an address',
      application_type: 'native',
      redirect_uris: redirectUris,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/client.json`;
  const dispatcher = new Agent({ connect: { ca } });
  return {
    url,
    fetched: () => fetched,
    fetch: async (address) => {
      const answer = await undiciFetch(address, { dispatcher });
      return new Response(await answer.text(), { status: answer.status });
    },
    close: async () => {
      await dispatcher.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AddressedClient,
  startClientDocument,
} from '../../support/authorization-server/client-document.js';
import type { ClientDocument } from '../../support/authorization-server/client-document.js';
import { strictLogin } from '../../support/authorization-server/oauth4webapi-login.js';
import { HeadlessOAuthProvider, login } from '../../support/authorization-server/oauth-client.js';
import { startProviderDouble } from '../../support/authorization-server/providers/double.js';
import type { ProviderDouble } from '../../support/authorization-server/providers/double.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { facadeEndpoint } from '../../support/rig/facade-endpoint.js';
import { scope, startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { rpc } from '../../support/rpc.js';

type Document = Readonly<Record<string, unknown>>;

/** What a facade says of the provider, and what it cannot make true. */
describe('a facade tells the truth', () => {
  let gateway: Gateway;
  let document: ClientDocument;
  let addressing: Issuer;
  let naming: ProviderDouble;
  let port: number;
  const at = (path: string) => `http://127.0.0.1:${port}${path}`;
  const metadata = async (name: string) => {
    const answer = await fetch(at(`/.well-known/oauth-authorization-server/${name}`));
    return (await answer.json()) as Document;
  };

  beforeAll(async () => {
    port = await freePort();
    document = await startClientDocument([new HeadlessOAuthProvider().redirectUrl]);
    addressing = await startIssuer([at('/cimd')], { clientMetadataFetch: document.fetch });
    naming = await startProviderDouble('generic', at('/iss'), [scope], { iss: true });
    const of = (name: string, issuer: string, client_id: string) => {
      const oauth = { resource: at(`/${name}`), authorization_servers: [issuer] };
      const facade = { facade: { client_id }, required_scopes: [scope] };
      const aggregate = { servers: [{ name: 'x', url: 'http://127.0.0.1:9' }] };
      return facadeEndpoint({ name, path: `/${name}`, oauth: { ...oauth, ...facade }, aggregate });
    };
    const services = [
      of('cimd', addressing.url, 'unused'),
      of('iss', naming.issuer, 'desktop-clients'),
    ];
    gateway = await startGateway({ port, declarative: { services } });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([addressing?.close(), naming?.close(), document?.close()]);
  });

  it('client id metadata documents are claimed where the provider takes them, and pass', async () => {
    expect(await metadata('cimd')).toMatchObject({ client_id_metadata_document_supported: true });
    expect(await metadata('iss')).not.toHaveProperty('client_id_metadata_document_supported');
    const token = await login(new AddressedClient(document), at('/cimd'));
    expect((await rpc(at('/cimd'), 'ping', { token })).status).toBe(200);
    expect(document.fetched()).toBeGreaterThan(0);
  });

  it('iss of a provider that sends it is not announced, and the operator is told', async () => {
    const shown = await metadata('iss');
    expect(shown).not.toHaveProperty('authorization_response_iss_parameter_supported');
    expect(shown['issuer']).toBe(at('/iss'));
    expect(gateway.logText()).toContain('facade_issuer_names_itself');
  });

  it('clients that check iss refuse such a provider; one that does not logs in', async () => {
    await expect(strictLogin(at('/iss'), scope)).rejects.toThrow('"iss"');
    const provider = new HeadlessOAuthProvider();
    const transport = new TransportV2(new URL(at('/iss')), { authProvider: provider });
    const client = new ClientV2({ name: 'v2', version: '1' });
    await expect(client.connect(transport)).rejects.toThrow();
    await expect(transport.finishAuth(provider.answer)).rejects.toThrow('RFC 9207');
    const token = await login(new HeadlessOAuthProvider(), at('/iss'));
    expect((await rpc(at('/iss'), 'ping', { token })).status).toBe(200);
  });
});

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InteractionResults } from 'oidc-provider';
import type { Provider } from 'oidc-provider/lib/provider.js';
import { errorPage, loginPage } from './login-page.js';

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

const accountPattern = /^[A-Za-z0-9._@-]{1,64}$/;
const maxFormBytes = 8192;

/** Serves `/interaction/<uid>`: GET shows the sign-in form, POST takes its answer. */
export async function serveInteraction(
  provider: Provider,
  defaultResource: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const interaction = await provider.interactionDetails(request, response);
  const account = interaction.session?.accountId;
  if (request.method === 'GET') {
    const asked = whatIsAsked(interaction, defaultResource);
    const page = loginPage({
      action: `/interaction/${interaction.uid}`,
      client: await clientName(provider, asked.clientId),
      redirectUri: asked.redirectUri,
      resources: asked.resources,
      scopes: asked.scopes,
      account,
    });
    sendPage(response, 200, page);
    return;
  }
  const form = new URLSearchParams(await readForm(request));
  if (form.get('decision') === 'deny') {
    const denied = { error: 'access_denied', error_description: 'the demo user said no' };
    await provider.interactionFinished(request, response, denied);
    return;
  }
  const name = account ?? form.get('account') ?? '';
  if (!accountPattern.test(name)) {
    sendPage(response, 400, errorPage('invalid_request', 'a name has letters, digits and ._@-'));
    return;
  }
  const results = await allow(provider, interaction, name, defaultResource);
  await provider.interactionFinished(request, response, results);
}

/** Signs `account` in and grants the client all it asked for. */
async function allow(
  provider: Provider,
  interaction: Interaction,
  account: string,
  defaultResource: string,
): Promise<InteractionResults> {
  const { clientId, resources, scopes } = whatIsAsked(interaction, defaultResource);
  const known = interaction.grantId ? await provider.Grant.find(interaction.grantId) : undefined;
  const grant = known ?? new provider.Grant({ accountId: account, clientId });
  grant.addOIDCScope(scopes.join(' '));
  for (const resource of resources) grant.addResourceScope(resource, scopes.join(' '));
  const grantId = await grant.save();
  return { login: { accountId: account }, consent: { grantId } };
}

function whatIsAsked(interaction: Interaction, defaultResource: string) {
  const { client_id, redirect_uri, resource, scope } = interaction.params;
  const resources = Array.isArray(resource) ? resource.map(String) : [text(resource)];
  return {
    clientId: text(client_id),
    redirectUri: text(redirect_uri),
    resources: resources.map((name) => name || defaultResource),
    scopes: text(scope).split(' ').filter(Boolean),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

async function clientName(provider: Provider, id: string): Promise<string> {
  const client = await provider.Client.find(id);
  return client?.clientName ?? id;
}

async function readForm(request: IncomingMessage): Promise<string> {
  let form = '';
  for await (const chunk of request) {
    form += String(chunk);
    if (form.length > maxFormBytes) throw new Error('the form is too large');
  }
  return form;
}

function sendPage(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-frame-options': 'DENY',
  });
  response.end(html);
}

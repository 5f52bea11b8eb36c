import type { ProviderName } from '../../../schema/oauth/oauth-presets.js';

/** What a provider calls things, and what it wants. */
export interface ProviderAdvice {
  /** Where the shared client is made, and of which kind. */
  readonly client: string;
  /** How addresses on the user's machine are entered. */
  readonly loopback: readonly string[];
  /** Where the audience is entered; the resource is what is entered there, unless it says otherwise. */
  readonly audience: string;
  /** Where scopes are made. */
  readonly scopes: string;
}

const eachPort = (where: string) => [
  `${where} with port and path, as each client uses it (mcp-remote: its port as second argument, /oauth/callback)`,
];

/** The words of each provider's own pages. */
export const advice: Readonly<Record<ProviderName, ProviderAdvice>> = {
  'entra-id': {
    client:
      'App registrations > New (a second one, beside that of the API), platform "Mobile and desktop"; with a secret: "Web"',
    loopback: [
      'http://localhost (any port; the path must be the client’s: http://localhost/callback)',
    ],
    audience:
      'Expose an API > Application ID URI; and its application (client) id in extra_audiences',
    scopes: 'Expose an API > Add a scope: the part behind the last slash',
  },
  okta: {
    client: 'Applications > Create > OIDC, Native; grants Authorization Code and Refresh Token',
    loopback: eachPort('each address'),
    audience: 'Security > API > the authorization server > Audience',
    scopes: 'the authorization server > Scopes; and an access policy for the client',
  },
  auth0: {
    client: 'Applications > Create > Native',
    loopback: eachPort('Allowed Callback URLs: each address'),
    audience: 'APIs > Create > Identifier',
    scopes: 'the API > Permissions; RBAC off, or permissions given to users',
  },
  cognito: {
    client: 'App clients > Create, for this endpoint alone; Authorization code grant, PKCE',
    loopback: eachPort('Allowed callback URLs: each address (http for localhost only)'),
    audience: 'none: its tokens name no audience. Put the client id in client_id_audiences',
    scopes: 'Resource servers > custom scopes, IDENTIFIER/NAME; allow them for the app client',
  },
  google: {
    client: 'Google Auth Platform > Clients > Desktop app',
    loopback: ['nothing: a desktop app may use any loopback address'],
    audience: 'none: its tokens name the client',
    scopes: 'Data access: openid and email, no scopes of your own',
  },
  keycloak: {
    client:
      'Clients > Create, Client authentication off, Standard flow; or none with registration: proxy',
    loopback: ['http://127.0.0.1/*', 'http://localhost/*'],
    audience: 'Client scopes > the scope > Mappers > Audience > Included Custom Audience',
    scopes: 'Client scopes > Create, optional for the clients',
  },
  generic: {
    client: 'a public client (native application) with PKCE',
    loopback: ['http://127.0.0.1 and http://localhost with any port (RFC 8252 section 7.3)'],
    audience: 'what makes `aud` of access tokens the value below',
    scopes: 'scopes of the resource',
  },
};

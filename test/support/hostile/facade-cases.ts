import { callback } from '../oauth/facade-rig.js';

const foreign = 'https://evil.example/cb';

type Changed = Readonly<Record<string, string | undefined>>;

/** What is asked, what is changed in an honest query, what comes after it, and the error. */
export const authorizeCases: readonly (readonly [string, Changed, string, string])[] = [
  ['a foreign redirect URI', { redirect_uri: foreign }, '', 'invalid_request'],
  [
    'a host that looks like loopback',
    { redirect_uri: 'http://127.0.0.1.evil.example/' },
    '',
    'invalid_request',
  ],
  [
    'credentials that look like loopback',
    { redirect_uri: 'http://127.0.0.1@evil.example/' },
    '',
    'invalid_request',
  ],
  ['a script', { redirect_uri: 'javascript:alert(1)' }, '', 'invalid_request'],
  ['a redirect URI twice', {}, `&redirect_uri=${encodeURIComponent(foreign)}`, 'invalid_request'],
  [
    'a redirect URI twice, escaped',
    {},
    `&redirect%5Furi=${encodeURIComponent(foreign)}`,
    'invalid_request',
  ],
  ['a client twice', {}, '&client_id=other', 'invalid_request'],
  ['no PKCE', { code_challenge: undefined }, '', 'invalid_request'],
  ['plain PKCE', { code_challenge_method: 'plain' }, '', 'invalid_request'],
  ['a request object', { request: 'e30.e30.' }, '', 'request_not_supported'],
  [
    'a request by address',
    { request_uri: 'http://169.254.169.254/' },
    '',
    'request_uri_not_supported',
  ],
  ['an implicit grant', { response_type: 'token' }, '', 'unsupported_response_type'],
];

/** The same of a form, with the status. */
export const tokenCases: readonly (readonly [string, Changed, string, number, string])[] = [
  ['a foreign redirect URI', { redirect_uri: foreign }, '', 400, 'invalid_grant'],
  ['no verifier', { code_verifier: undefined }, '', 400, 'invalid_grant'],
  ['client_credentials', { grant_type: 'client_credentials' }, '', 400, 'unauthorized_client'],
  ['a password', { grant_type: 'password' }, '', 400, 'unauthorized_client'],
  ['a secret of the client’s own', { client_secret: 'guess' }, '', 401, 'invalid_client'],
  ['a secret twice', {}, '&client_secret=a&client_secret=b', 400, 'invalid_request'],
  ['a grant twice', {}, '&grant_type=client_credentials', 400, 'invalid_request'],
  ['a code that is none', {}, '', 400, 'invalid_grant'],
  ['too large a body', { state: 'x'.repeat(70_000) }, '', 413, 'invalid_request'],
];

/** What is asked, the body and the error. */
export const registerCases: readonly (readonly [string, string, string])[] = [
  [
    'a foreign redirect URI',
    JSON.stringify({ redirect_uris: [callback, foreign] }),
    'invalid_redirect_uri',
  ],
  ['no redirect URI', '{}', 'invalid_redirect_uri'],
  ['no JSON', '{', 'invalid_client_metadata'],
  [
    'one name twice',
    `{"redirect_uris":["${callback}"],"redirect_uris":["${foreign}"]}`,
    'invalid_client_metadata',
  ],
  ['a deep body', '['.repeat(5_000), 'invalid_client_metadata'],
];

/**
 * What a visitor is told of a trouble, and what they can do: `title`, `lines`, and `offers`, some of
 * `login`, `again` (connect again); `mild` where nothing is wrong.
 * @param origin of this page
 */
export function adviceOn({ code, facts = {}, message }, origin) {
  const known = Object.hasOwn(words, code) ? words[code](facts, origin) : undefined;
  if (known === undefined) return { title: 'Something went wrong', lines: [message], offers: [] };
  return { offers: [], ...known };
}

const settings = 'KONG_MCP_PLAYGROUND_LOGINS';

const words = {
  unreachable: ({ url }, origin) => ({
    title: 'No answer that this page may read',
    lines: [
      `${url} is down, or does not let pages of ${origin} in; a browser does not say which.`,
      `For an endpoint, Kong's cors plugin must be on its route, with ${origin} among its origins, and ` +
        `${origin} in allowed_origins of mcp-oauth and mcp-aggregate.`,
      'For an authorization server, it must answer pages of that origin (CORS).',
    ],
    offers: ['again'],
  }),
  slow: ({ url }) => ({
    title: 'No answer in time',
    lines: [`${url} took too long.`],
    offers: ['again'],
  }),
  cancelled: () => ({ title: 'Cancelled', lines: ['The call was given up; its tool may go on.'] }),
  cut: () => ({
    title: 'The answer broke off',
    lines: ['The connection ended before the result. Whether the tool has run is not known.'],
    offers: ['again'],
  }),
  no_answer: () => ({
    title: 'No result came',
    lines: ['The stream ended without one. Whether the tool has run is not known.'],
    offers: ['again'],
  }),
  too_large: ({ limit }) => ({
    title: 'The answer is too large for this page',
    lines: [`It shows ${Math.round(limit / 1_048_576)} MiB at most.`],
  }),
  not_json: ({ url, status }) => ({
    title: 'An answer that is no JSON',
    lines: [`${url} answered ${status} with something else. Is it the address of an MCP endpoint?`],
  }),
  rpc: ({ error }) => ({ title: `Error ${String(error.code)}`, lines: linesOf(error) }),
  refused: refusal,
  not_secure: () => ({
    title: 'A login is not possible here',
    lines: ['Browsers allow it on pages of https or of this machine only. Paste a token instead.'],
  }),
  login_unknown: () => ({
    title: 'This is not the answer to a login of this page',
    lines: ['It was begun elsewhere or too long ago, or used before. Nothing was done with it.'],
    offers: ['login'],
  }),
  login_refused: ({ error, description }) => ({
    title: 'The login was refused',
    lines: [`The authorization server says ${error}.`, description].filter(Boolean),
    offers: ['login'],
  }),
  issuer_mixed_up: ({ issuer, said }) => ({
    title: 'The answer is of another authorization server',
    lines: [`It should come from ${issuer}, and names ${said}. Nothing was sent there.`],
  }),
  issuer_not_allowed: ({ named }) => ({
    title: 'Its authorization server is not known here',
    lines: [
      `The endpoint names ${named.length > 0 ? named.join(', ') : 'none'}. To let this page send ` +
        `visitors there, add it to ${settings} of the plugin server.`,
    ],
  }),
  no_resource_metadata: ({ endpoint }) => ({
    title: 'The endpoint does not say where to log in',
    lines: [`${endpoint} has no protected-resource metadata (RFC 9728). Paste a token instead.`],
  }),
  resource_differs: ({ endpoint, resource }) => ({
    title: 'The endpoint is another than its metadata says',
    lines: [
      `It is called at ${endpoint}, and its metadata names ${resource}. Tokens are bound to that, so ` +
        'name it in KONG_MCP_PLAYGROUND exactly so.',
    ],
  }),
  no_server_metadata: ({ issuer }) => ({
    title: 'The authorization server does not describe itself',
    lines: [`${issuer} has neither metadata by RFC 8414 nor OpenID Connect Discovery.`],
  }),
  issuer_differs: ({ issuer, said }) => ({
    title: 'The authorization server calls itself otherwise',
    lines: [`${issuer} was asked, and its metadata names ${said}.`],
  }),
  no_pkce: ({ issuer }) => ({
    title: 'The authorization server does not offer PKCE',
    lines: [`The metadata of ${issuer} does not name S256, without which no client should log in.`],
  }),
  elsewhere: ({ issuer, member, address }) => ({
    title: 'The authorization server leads elsewhere',
    lines: [
      `Its ${member} is ${address}. If that is right, add its origin after ${issuer} in ${settings}.`,
    ],
  }),
  no_registration: ({ issuer, page }) => ({
    title: 'This page has no client id there',
    lines: [
      `${issuer} registers nobody by itself. Register a public client with the redirect URI ${page}, ` +
        `and write client_id=… after the issuer in ${settings}.`,
    ],
  }),
  registration_refused: ({ issuer, page, error, description }) => ({
    title: 'The authorization server does not register this page',
    lines: [
      `${issuer} says ${[error, description].filter(Boolean).join(': ') || 'no more'}.`,
      `A client registered by hand needs the redirect URI ${page}; write client_id=… after the issuer ` +
        `in ${settings}.`,
    ],
  }),
  token_refused: ({ status, error, description }) => ({
    title: 'No token for this login',
    lines: [
      `The authorization server answered ${status}: ` +
        `${[error, description].filter(Boolean).join(': ') || 'no reason'}.`,
    ],
    offers: ['login'],
  }),
  no_token: ({ type }) => ({
    title: 'A token that this page cannot use',
    lines: [`Its type is ${type}; this page has bearer tokens only.`],
  }),
  bad_token: () => ({
    title: 'That is no token',
    lines: ['It has characters that no bearer token has. Paste the token alone.'],
  }),
};

function refusal(facts, origin) {
  const { status, retryAfter, error } = facts;
  const said = error === undefined ? [] : linesOf(error);
  if (status === 401) return unauthorized(facts, said);
  if (status === 403) return forbidden(facts, said, origin);
  if (status === 404 && facts.hadSession) {
    return { title: 'The session has ended', lines: ['Connect again.'], offers: ['again'] };
  }
  if (status === 429 || status === 503) {
    const wait = retryAfter === undefined ? 'Try again later.' : `Try again in ${retryAfter} s.`;
    const title = status === 429 ? 'Too many requests (429)' : 'Not available now (503)';
    return { title, lines: [...said, wait], offers: ['again'] };
  }
  return { title: `The gateway answers ${status}`, lines: [...said, ...bodyOf(facts)] };
}

function unauthorized({ challenge, proof, hadToken }, said) {
  if (proof) {
    return {
      title: 'A token bound to a key is wanted (401)',
      lines: ['This endpoint takes DPoP only, which this page does not do.'],
    };
  }
  const why = [challenge?.error, challenge?.description].filter(Boolean).join(': ');
  if (!hadToken) {
    const lines = [...said, why, 'Its tools are shown once you have logged in.'].filter(Boolean);
    return { title: 'This endpoint wants a login', lines, offers: ['login'], mild: true };
  }
  return {
    title: 'The token is not taken (401)',
    lines: [
      why || 'It has ended, or is for another endpoint.',
      ...said,
      'Log in, or paste a token for this endpoint.',
    ],
    offers: ['login'],
  };
}

function forbidden(facts, said, origin) {
  const { challenge } = facts;
  if (challenge?.error === 'insufficient_scope') {
    return {
      title: 'More rights are needed (403)',
      lines: [
        challenge.description,
        challenge.scope && `Needed: ${challenge.scope}. Log in again, and allow it.`,
      ].filter(Boolean),
      offers: ['login'],
    };
  }
  return {
    title: 'Not allowed (403)',
    lines: [
      ...said,
      ...bodyOf(facts),
      'It is the same for every client with these rights; where the reason is the origin, ' +
        `${origin} must be in allowed_origins of both plugins.`,
    ],
  };
}

function linesOf({ message, data }) {
  const more = data === undefined ? [] : [JSON.stringify(data, null, 2)];
  return [String(message ?? 'no message'), ...more];
}

const bodyOf = ({ error, body }) => (error === undefined && body ? [body] : []);

/** What a person does at the sign-in page. */
export interface SignIn {
  /** The name typed into the form. */
  readonly account: string;
  readonly decision?: 'allow' | 'deny';
}

const maxSteps = 12;

/**
 * Follows an authorization request through the sign-in page by plain HTTP, as a browser with its
 * cookies would, until it is sent to `redirectUri`, whose parameters it answers.
 */
export async function signIn(
  authorizationUrl: URL,
  redirectUri: string,
  { account, decision = 'allow' }: SignIn,
): Promise<URLSearchParams> {
  const cookies = new Map<string, string>();
  let url = authorizationUrl;
  let form: URLSearchParams | undefined;
  for (let step = 0; step < maxSteps; step += 1) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: form }),
    });
    keepCookies(cookies, response);
    const location = response.headers.get('location');
    const page = await response.text();
    if (location === null) {
      const action = /<form method="post" action="([^"]+)"/.exec(page)?.[1];
      if (action === undefined) throw new Error(`no form at step ${step}: ${response.status}`);
      url = new URL(action, url);
      form = new URLSearchParams({ account, decision });
      continue;
    }
    url = new URL(location, url);
    form = undefined;
    if (url.href.startsWith(redirectUri)) return url.searchParams;
  }
  throw new Error('the sign-in did not end');
}

function keepCookies(cookies: Map<string, string>, response: Response): void {
  for (const line of response.headers.getSetCookie()) {
    const [pair = ''] = line.split(';');
    const [name = '', ...value] = pair.split('=');
    if (value.join('=') === '') cookies.delete(name);
    else cookies.set(name, value.join('='));
  }
}

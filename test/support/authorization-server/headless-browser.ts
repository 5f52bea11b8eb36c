/** What a person does at the sign-in page. */
export interface SignIn {
  /** The name typed into the form. */
  readonly account: string;
  readonly decision?: 'allow' | 'deny';
}

/** A form of a page as it is sent off. */
export interface FilledForm {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A person before a page: fills its form; undefined where there is none to fill. */
export type FillForm = (page: string) => FilledForm | undefined;

const maxSteps = 12;

/** A person at the sign-in page of the demo's authorization server. */
export function atDemoLogin({ account, decision = 'allow' }: SignIn): FillForm {
  return (page) => {
    const action = /<form method="post" action="([^"]+)"/.exec(page)?.[1];
    return action === undefined ? undefined : { action, fields: { account, decision } };
  };
}

/** `browse` through the demo's sign-in page. */
export function signIn(
  authorizationUrl: URL,
  redirectUri: string,
  person: SignIn,
): Promise<URLSearchParams> {
  return browse(authorizationUrl, redirectUri, atDemoLogin(person));
}

/**
 * Follows an authorization request through pages of forms by plain HTTP, as a browser with its
 * cookies would, until it is sent to `redirectUri`, whose parameters it answers.
 */
export async function browse(
  authorizationUrl: URL,
  redirectUri: string,
  fill: FillForm,
): Promise<URLSearchParams> {
  const cookies = new Map<string, string>();
  let url = authorizationUrl;
  let body: URLSearchParams | undefined;
  for (let step = 0; step < maxSteps; step += 1) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(body === undefined ? {} : { method: 'POST', body }),
    });
    keepCookies(cookies, response);
    const location = response.headers.get('location');
    const page = await response.text();
    if (location === null) {
      const form = fill(page);
      if (form === undefined) throw new Error(`no form at step ${step}: ${response.status}`);
      url = new URL(form.action, url);
      body = new URLSearchParams(form.fields);
      continue;
    }
    url = new URL(location, url);
    body = undefined;
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

/** The pages of the demo's sign-in. Whoever can open them may sign in as anybody: development only. */

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem}' +
  'input,button{font:inherit;padding:.4rem .6rem}dt{font-weight:600}.warn{color:#8a4b00}';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

function page(title: string, body: string): string {
  return (
    '<!doctype html><html lang="en"><meta charset="utf-8">' +
    `<title>${escape(title)}</title><style>${style}</style><h1>${escape(title)}</h1>${body}`
  );
}

export interface LoginPageFacts {
  /** Where the form is posted. */
  readonly action: string;
  readonly client: string;
  /** Where the browser is sent afterwards. */
  readonly redirectUri: string;
  readonly resources: readonly string[];
  readonly scopes: readonly string[];
  /** Who is signed in already; without it the page asks for a name. */
  readonly account: string | undefined;
}

/** One form for both questions: who are you, and may this client act for you. */
export function loginPage(facts: LoginPageFacts): string {
  const name =
    facts.account === undefined
      ? '<p><label>Sign in as <input name="account" value="alice" pattern="[A-Za-z0-9._@\\-]{1,64}" required autofocus></label></p>'
      : `<p>Signed in as <strong>${escape(facts.account)}</strong>.</p>`;
  return page(
    'Demo sign-in',
    '<p class="warn">Development only: no password is asked, any name is let in.</p>' +
      `<form method="post" action="${escape(facts.action)}">${name}<dl>` +
      `<dt>Client</dt><dd>${escape(facts.client)}</dd>` +
      `<dt>Returns to</dt><dd>${escape(facts.redirectUri)}</dd>` +
      `<dt>May use</dt><dd>${facts.resources.map(escape).join('<br>')}</dd>` +
      `<dt>Scopes</dt><dd>${escape(facts.scopes.join(' ') || 'none')}</dd></dl>` +
      '<button name="decision" value="allow">Allow</button> ' +
      '<button name="decision" value="deny" formnovalidate>Deny</button></form>',
  );
}

/** What is at the root: whoever finds this port is told what it is, and where to go instead. */
export function homePage(endpoints: readonly string[], consoleUrl: string | undefined): string {
  const pages: readonly (readonly [string, string])[] =
    consoleUrl === undefined
      ? []
      : [
          ['Console: what is there, and how it does', consoleUrl],
          ['Playground: log in, and call tools', `${consoleUrl}/playground`],
        ];
  const links = pages.map(
    ([what, url]) => `<dt>${what}</dt><dd><a href="${escape(url)}">${escape(url)}</a></dd>`,
  );
  return page(
    'Demo authorization server',
    '<p>MCP clients are sent here to sign in, for the endpoints below. Nobody needs to open it ' +
      'by hand.</p><p class="warn">Development only: anyone may sign in as anyone.</p>' +
      `<dl><dt>MCP endpoints</dt><dd>${endpoints.map(escape).join('<br>')}</dd>${links.join('')}</dl>`,
  );
}

export function errorPage(error: string, description: string | undefined): string {
  return page('Demo sign-in failed', `<p>${escape(error)}: ${escape(description ?? '')}</p>`);
}

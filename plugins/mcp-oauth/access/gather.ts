import { questions } from '../../../lib/fewer-calls/questions.js';
import type { Presence } from '../../../lib/fewer-calls/presence.js';
import { maxHeaderLines } from '../../../lib/http/header-lines.js';
import { readBody } from '../../../lib/http/body-file.js';
import type { HeaderRecord } from '../../../lib/http/single-header.js';
import type { KongPort, KongValue, RawBody } from '../../../lib/kong/kong-port.js';
import type { RequestFacts } from '../core/authenticate.js';
import type { OAuthConfig } from '../core/oauth-config.js';

export interface Gathered {
  readonly facts: RequestFacts;
  /** The name that the client called, where it decides something. */
  readonly host: string | undefined;
  /** Of the answer of Kong's function (docs/fewer-calls.md), where it is there. */
  readonly word: string | undefined;
}

interface Asked {
  readonly headers: HeaderRecord;
  readonly method: string;
  readonly target: string;
  readonly word?: string;
}

/** What few configurations look at: each call to Kong costs. */
interface More {
  readonly host: string | undefined;
  readonly credential: KongValue;
  readonly body: RawBody;
  readonly clientCertificate: string;
}

const noMore: More = {
  host: undefined,
  credential: null,
  body: { error: 'not asked for' },
  clientCertificate: '',
};

/** Flush 1: what the request says. */
export function gather(kong: KongPort, config: OAuthConfig, presence: Presence): Promise<Gathered> {
  const asked = ask(kong, presence);
  if (!wantsMore(config)) return asked.then((said) => gathered(said, noMore, config));
  return Promise.all([asked, askMore(kong, config)]).then(([said, more]) =>
    gathered(said, more, config),
  );
}

function gathered(
  { headers, method, target, word }: Asked,
  { host, credential, body, clientCertificate }: More,
  config: OAuthConfig,
): Gathered {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  const rawQuery = query < 0 ? '' : target.slice(query + 1);
  const authenticated = typeof credential === 'object' && credential !== null && 'id' in credential;
  const bytes = async () => readBody(body, config.maxRequestBytes);
  const facts = {
    headers,
    method,
    path,
    rawQuery,
    authenticated,
    readBody: bytes,
    clientCertificate,
  };
  return { facts, host, word };
}

/** Of Kong's function where it is there, of Kong itself where it is not. */
function ask(kong: KongPort, presence: Presence): Promise<Asked> {
  // Each async function that a request goes through has its price.
  return presence.asks ? askFunction(kong, presence) : askKong(kong);
}

async function askFunction(kong: KongPort, presence: Presence): Promise<Asked> {
  const usual = presence.doubtful ? askKong(kong) : undefined;
  const bytes = kong.ctx.shared.getBytes(questions.request);
  const texts = presence.answered(usual ? (await Promise.all([bytes, usual]))[0] : await bytes);
  if (texts === undefined) return usual ?? askKong(kong);
  const [word, method, target] = [texts.text(), texts.text(), texts.text()];
  return { word, method, target, headers: texts.headers() };
}

async function askKong(kong: KongPort): Promise<Asked> {
  const { request } = kong;
  const headers = request.getHeaders(maxHeaderLines);
  const method = request.getMethod();
  const target = request.getPathWithQuery();
  // Answers come together and in order: waiting for one after the other costs less than for all.
  return { headers: await headers, method: await method, target: await target };
}

function wantsMore({ anonymous, policy, holder, perHost }: OAuthConfig): boolean {
  return (
    anonymous !== undefined ||
    policy.hasRules ||
    holder.certificates !== 'off' ||
    perHost !== undefined
  );
}

async function askMore(kong: KongPort, config: OAuthConfig): Promise<More> {
  const { anonymous, policy, holder, perHost } = config;
  const [host, credential, body, clientCertificate] = await Promise.all([
    perHost === undefined ? undefined : kong.request.getForwardedHost(),
    anonymous === undefined ? null : kong.nginx.getCtx('authenticated_credential'),
    policy.hasRules ? kong.request.getRawBody() : noMore.body,
    holder.certificates === 'off' ? '' : kong.nginx.getVar('ssl_client_escaped_cert'),
  ]);
  return { host, credential, body, clientCertificate };
}

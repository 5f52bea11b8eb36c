import { log } from '../../../../lib/log.js';
import { clientProof } from '../../../../lib/outbound/client-authentication.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import type { Reply } from '../../core/challenge/reply.js';
import { authorizeRedirect } from '../../core/facade/authorize-request.js';
import { revocationRequest, tokenRequest } from '../../core/facade/client-request.js';
import type { ClientRequest } from '../../core/facade/client-request.js';
import type { FacadePlace } from '../../core/facade/facade-config.js';
import { facadeMetadata } from '../../core/facade/facade-metadata.js';
import type { FacadeEndpoint } from '../../core/facade/facade-paths.js';
import { facadeJson, issuerUnavailable, notFound } from '../../core/facade/facade-reply.js';
import { issuerMetadata } from '../../core/facade/issuer-metadata.js';
import type { IssuerMetadata } from '../../core/facade/issuer-metadata.js';
import { RequestRefused } from '../../core/facade/parameters.js';
import { registrationRequest, sharedRegistration } from '../../core/facade/registration.js';
import type { OAuthConfig } from '../../core/oauth-config.js';
import { discover, metadataUrls } from '../discover-issuer.js';
import { fetches } from '../fetches.js';
import { fetchJson, NoDocument } from '../fetch-json.js';
import { IssuerUnavailable } from '../issuer-unavailable.js';
import type { RuntimeDependencies } from '../runtimes.js';
import { kept } from './kept.js';
import { relay } from './relay.js';
import type { RelayOptions } from './relay.js';

/** A request to an endpoint of the facade. */
export interface FacadeRequest {
  readonly rawQuery: string;
  readonly headers: HeaderRecord;
  readonly body: string;
}

/** Answers requests to one facade; rejects only on a fault of this gateway. */
export type Facade = (endpoint: FacadeEndpoint, request: FacadeRequest) => Promise<Reply>;

const publicFor = { 'Cache-Control': 'public, max-age=300' };

type Answer = (request: FacadeRequest) => Reply | Promise<Reply>;

/** What the facade knows and how it asks the issuer. */
interface Parts {
  readonly place: FacadePlace;
  readonly metadata: () => Promise<IssuerMetadata>;
  readonly keys: () => Promise<unknown>;
  readonly patience: RelayOptions;
  readonly now: () => number;
}

/** The facade of a configuration under one host, with what it knows of the issuer. */
export function newFacade(
  config: OAuthConfig,
  place: FacadePlace,
  dependencies: RuntimeDependencies,
): Facade {
  const { issuer } = place.facade;
  const fetch = fetches(config, dependencies.fetch)(new URL(issuer));
  const { now, retryMs = 1000 } = dependencies;
  const { keyTtlMs: ttlMs, staleKeyTtlMs: staleMs, timeoutMs } = config;
  const times = { ttlMs, staleMs, now, issuer, retryMs };
  const patience = { fetch, timeoutMs };
  const metadata = kept({ ...times, load: () => loadMetadata(place, patience) });
  const keys = kept({ ...times, load: async () => loadKeys(await metadata(), patience) });
  const parts = { place, metadata, keys, patience, now };
  const answers: Readonly<Record<FacadeEndpoint, Answer>> = { ...shows(parts), ...acts(parts) };
  return async (endpoint, request) => {
    try {
      return await answers[endpoint](request);
    } catch (error) {
      if (error instanceof RequestRefused) return error.reply;
      if (error instanceof IssuerUnavailable) return issuerUnavailable();
      throw error;
    }
  };
}

/** What can be read. */
function shows({ place, metadata, keys }: Parts) {
  const { resource } = place;
  return {
    metadata: async () => shown(facadeMetadata(place, await metadata(), resource)),
    root_metadata: async () =>
      shown(facadeMetadata(place, await metadata(), new URL(resource).origin)),
    jwks: async () => shown(await keys()),
  };
}

/** What clients do. */
function acts({ place, metadata, patience, now }: Parts) {
  const { facade } = place;
  return {
    authorize: async ({ rawQuery }: FacadeRequest) =>
      authorizeRedirect(place, (await metadata()).authorize, rawQuery),
    register: async ({ headers, body }: FacadeRequest) => {
      const members = registrationRequest(facade, body, headers);
      if (facade.registration === 'static' && facade.client !== undefined) {
        return sharedRegistration(facade.client.id, members, now() / 1000);
      }
      const { register } = await metadata();
      return register === undefined ? notFound() : registerThere(register, body, patience);
    },
    token: async ({ headers, body }: FacadeRequest) => {
      const asked = tokenRequest(place, body, headers);
      return send(asked, (await metadata()).token, place, patience, now());
    },
    revoke: async ({ headers, body }: FacadeRequest) => {
      const asked = revocationRequest(place, body, headers);
      const { revoke } = await metadata();
      return revoke === undefined ? notFound() : send(asked, revoke, place, patience, now());
    },
  };
}

function shown(document: unknown): Reply {
  return facadeJson(200, JSON.stringify(document), publicFor);
}

async function loadMetadata(place: FacadePlace, patience: RelayOptions): Promise<IssuerMetadata> {
  const { issuer, source } = place.facade;
  const signal = AbortSignal.timeout(patience.timeoutMs);
  const at = source?.kind === 'metadata' ? source.url : undefined;
  const places = at === undefined ? metadataUrls(issuer) : [at];
  const request = { fetch: patience.fetch, signal };
  return discover(issuer, places, request, (document) => {
    const found = issuerMetadata(issuer, document);
    if (found === undefined) {
      throw new NoDocument(`the metadata of ${issuer} names no usable endpoints`);
    }
    if (found.namesItself) log('warn', 'facade_issuer_names_itself', { issuer });
    return found;
  });
}

async function loadKeys({ keys }: IssuerMetadata, patience: RelayOptions): Promise<unknown> {
  if (keys === undefined) throw new IssuerUnavailable('the metadata has no jwks_uri');
  const signal = AbortSignal.timeout(patience.timeoutMs);
  return fetchJson(keys, patience.fetch, { signal, purpose: 'keys' });
}

function registerThere(url: URL, body: string, patience: RelayOptions): Promise<Reply> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  return relay({ url, headers, body, secrets: [] }, patience);
}

/** Sends a client's request on, with the proof of the shared client where it is that client's. */
async function send(
  { form, proves, authorization }: ClientRequest,
  url: URL,
  { facade }: FacadePlace,
  patience: RelayOptions,
  now: number,
): Promise<Reply> {
  const own = proves ? facade.client?.proof : undefined;
  const proof = own === undefined ? undefined : await clientProof(own, now);
  for (const [name, value] of Object.entries(proof?.form ?? {})) form.set(name, value);
  if (own?.method === 'client_secret_basic') form.delete('client_id');
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
    ...(authorization === undefined ? {} : { authorization }),
    ...proof?.headers,
  };
  const secrets = own === undefined || own.method === 'private_key_jwt' ? [] : [own.secret];
  return relay({ url, headers, body: form.toString(), secrets }, patience);
}

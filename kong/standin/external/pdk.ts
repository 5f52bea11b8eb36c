import { BlockList } from 'node:net';
import { decodeArgs, encodeResult } from '../../pluginserver/pdk/pdk-methods.js';
import { BodyTooLargeError } from '../body.js';
import { answerName } from '../plugins/fewer-calls.js';
import type { Exchange } from '../exchange.js';
import type { HeaderValue } from '../headers.js';
import type { Route, Service } from '../model.js';
import { serverLog } from '../server-log.js';

// The decoder answers what the method's shape says, so the handlers below may name the types.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Method = (exchange: Exchange, ...args: any[]) => unknown;
type Values = Readonly<Record<string, HeaderValue>>;
interface Entity {
  readonly id: string;
}

/** By id, and only then by username, as Kong does. */
const loadConsumer: Method = ({ consumers }, id: string, byUsername: boolean) => {
  const found =
    consumers.find((one) => one.id === id) ??
    consumers.find((one) => byUsername && one.username === id);
  return found && { id: found.id, username: found.username, customId: found.custom_id };
};

const named = (entity: Route | Service | undefined) =>
  entity && { id: entity.id, ...(entity.name === null ? {} : { name: entity.name }) };

async function rawBody(exchange: Exchange): Promise<unknown> {
  const body = await exchange.body();
  return typeof body === 'string' ? { bodyFilepath: body } : { content: body };
}

/** The name that a trusted proxy in front was called by, else that of this request. */
const forwardedHost: Method = ({ settings, clientIp, headers, host }) => {
  const senders = new BlockList();
  for (const range of settings.trusted) {
    const [address = '', bits = '32'] = range.split('/');
    senders.addSubnet(address, Number(bits));
  }
  const told = senders.check(clientIp) ? headers.get('x-forwarded-host') : undefined;
  return told?.replace(/:.*/, '').toLowerCase() ?? host;
};

const methods: Readonly<Record<string, Method>> = {
  'kong.client.get_consumer': ({ consumer }) => consumer,
  'kong.client.load_consumer': loadConsumer,
  'kong.client.authenticate': (exchange, who: { consumer?: Entity; credential?: Entity }) =>
    void Object.assign(exchange, { consumer: who.consumer, credential: who.credential }),
  'kong.ctx.shared.get': ({ shared }, key: string) => shared.get(key),
  'kong.ctx.shared.set': ({ shared }, key: string, value) => void shared.set(key, value),
  'kong.log.err': (_, ...parts: unknown[]) => serverLog('error', `[kong] ${parts.join('')}`),
  'kong.log.set_serialize_value': ({ logged }, key: string, value) => void (logged[key] = value),
  'kong.nginx.get_ctx': ({ credential }, name: string) =>
    name === 'authenticated_credential' ? credential : undefined,
  // Without TLS there is no certificate, and plugins ask for no other variable.
  'kong.nginx.get_var': () => undefined,
  'kong.request.get_forwarded_host': forwardedHost,
  'kong.request.get_method': ({ method }) => method,
  'kong.request.get_path': ({ path }) => path,
  'kong.request.get_path_with_query': ({ request }) => request.url ?? '/',
  'kong.request.get_headers': ({ headers }, most: number) => headers.toObject(most || 100),
  'kong.request.get_raw_body': rawBody,
  'kong.response.set_header': ({ answerHeaders }, name: string, value: string) =>
    answerHeaders.set(name, value),
  'kong.response.exit': (exchange, status: number, body?: Buffer, headers: Values = {}) => {
    exchange.answerHeaders.setAll(headers);
    exchange.exit(status, body);
  },
  'kong.router.get_route': ({ route }) => named(route),
  'kong.router.get_service': ({ route }) => named(route.service),
  'kong.service.set_target': ({ upstream }, host: string, port: number) =>
    void Object.assign(upstream, { host, port, name: host }),
  'kong.service.request.set_scheme': ({ upstream }, scheme: string) =>
    void Object.assign(upstream, { scheme }),
  'kong.service.request.set_header': ({ headers }, name: string, value: string) =>
    headers.set(name, value),
  'kong.service.request.set_headers': ({ headers }, all: Values) => headers.setAll(all),
  'kong.service.request.clear_header': ({ headers }, name: string) => headers.delete(name),
};

/** Carries out one PDK call and answers its result frame. @throws Error for an unknown method */
export async function callPdk(exchange: Exchange, name: string, args: Buffer): Promise<Buffer> {
  const method = methods[name];
  if (method === undefined) throw new Error(`method "${name}" not found`);
  try {
    const values = decodeArgs(name, args);
    if (name === 'kong.ctx.shared.get') {
      const answer = await answerName(exchange, String(values[0]));
      if (answer !== undefined) return encodeResult('kong.ctx.shared.get_bytes', answer);
    }
    return encodeResult(name, await method(exchange, ...values));
  } catch (error) {
    if (!(error instanceof BodyTooLargeError)) throw error;
    exchange.error(413, 'Payload too large');
    return Buffer.alloc(0);
  }
}

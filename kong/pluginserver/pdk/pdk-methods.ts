import * as shapes from '../wire/shapes.js';
import type { Shape } from '../wire/shapes.js';

/** Argument and result of a PDK method on the wire. */
export interface PdkMethod {
  readonly args: Shape;
  readonly result: Shape;
  /** The method's name as it goes before the arguments. */
  readonly frame: Buffer;
}

const { empty, string, int, number, bool, keyValue, struct, list, headers } = shapes;

/** Every PDK method of Kong's ProtoBuf:1 service that this server offers. */
const methods: Readonly<Record<string, readonly [args: Shape, result: Shape, name?: string]>> = {
  'kong.client.get_ip': [empty, string],
  'kong.client.get_forwarded_ip': [empty, string],
  'kong.client.get_port': [empty, int],
  'kong.client.get_forwarded_port': [empty, int],
  'kong.client.get_credential': [empty, shapes.credential],
  'kong.client.load_consumer': [shapes.consumerSpec, shapes.consumer],
  'kong.client.get_consumer': [empty, shapes.consumer],
  'kong.client.authenticate': [shapes.authentication, empty],
  'kong.client.get_protocol': [bool, string],
  'kong.ctx.shared.set': [keyValue, empty],
  'kong.ctx.shared.get': [string, shapes.value],
  // The same for texts that are no UTF-8, and for names that make something happen.
  'kong.ctx.shared.get_bytes': [string, shapes.valueBytes, 'kong.ctx.shared.get'],
  'kong.ctx.shared.tell': [string, empty, 'kong.ctx.shared.get'],
  'kong.ip.is_trusted': [string, bool],
  'kong.log.alert': [list, empty],
  'kong.log.crit': [list, empty],
  'kong.log.err': [list, empty],
  'kong.log.warn': [list, empty],
  'kong.log.notice': [list, empty],
  'kong.log.info': [list, empty],
  'kong.log.debug': [list, empty],
  'kong.log.set_serialize_value': [keyValue, empty],
  'kong.log.serialize': [empty, string],
  'kong.nginx.get_var': [string, string],
  'kong.nginx.get_tls1_version_str': [empty, string],
  'kong.nginx.set_ctx': [keyValue, string],
  'kong.nginx.get_ctx': [string, shapes.value],
  'kong.nginx.req_start_time': [empty, number],
  'kong.nginx.get_subsystem': [empty, string],
  'kong.node.get_id': [empty, string],
  'kong.request.get_scheme': [empty, string],
  'kong.request.get_host': [empty, string],
  'kong.request.get_port': [empty, int],
  'kong.request.get_forwarded_scheme': [empty, string],
  'kong.request.get_forwarded_host': [empty, string],
  'kong.request.get_forwarded_port': [empty, int],
  'kong.request.get_http_version': [empty, number],
  'kong.request.get_method': [empty, string],
  'kong.request.get_path': [empty, string],
  'kong.request.get_path_with_query': [empty, string],
  'kong.request.get_raw_query': [empty, string],
  'kong.request.get_query_arg': [string, string],
  'kong.request.get_query': [int, struct],
  'kong.request.get_header': [string, string],
  'kong.request.get_headers': [int, headers],
  'kong.request.get_raw_body': [empty, shapes.rawBody],
  'kong.response.get_status': [empty, int],
  'kong.response.get_header': [string, string],
  'kong.response.get_headers': [int, headers],
  'kong.response.get_source': [empty, string],
  'kong.response.set_status': [int, empty],
  'kong.response.set_header': [keyValue, empty],
  'kong.response.add_header': [keyValue, empty],
  'kong.response.clear_header': [string, empty],
  'kong.response.set_headers': [struct, empty],
  'kong.response.exit': [shapes.exit, empty],
  'kong.router.get_route': [empty, shapes.route],
  'kong.router.get_service': [empty, shapes.service],
  'kong.service.set_upstream': [string, bool],
  'kong.service.set_target': [shapes.target, empty],
  'kong.service.request.set_scheme': [string, empty],
  'kong.service.request.set_path': [string, empty],
  'kong.service.request.set_raw_query': [string, empty],
  'kong.service.request.set_method': [string, empty],
  'kong.service.request.set_query': [struct, empty],
  'kong.service.request.set_header': [keyValue, empty],
  'kong.service.request.add_header': [keyValue, empty],
  'kong.service.request.clear_header': [string, empty],
  'kong.service.request.set_headers': [struct, empty],
  'kong.service.request.set_raw_body': [shapes.byteString, empty],
  'kong.service.response.get_status': [empty, int],
  'kong.service.response.get_header': [string, string],
  'kong.service.response.get_headers': [int, headers],
  'kong.service.response.get_raw_body': [empty, shapes.byteString],
};

const table = new Map<string, PdkMethod>(
  Object.entries(methods).map(([name, [args, result, called = name]]) => [
    name,
    { args, result, frame: Buffer.from(called) },
  ]),
);

/** Names of all of them. */
export function pdkMethods(): Iterable<string> {
  return table.keys();
}

/** Ends the request: Kong answers nothing to it and closes the connection. */
export const exitMethod = 'kong.response.exit';

/** The PDK was asked for something that ProtoBuf:1 does not carry. */
export class UnknownPdkMethodError extends Error {
  constructor(name: string) {
    super(`${name} cannot be called over ProtoBuf:1`);
    this.name = 'UnknownPdkMethodError';
  }
}

/** @throws UnknownPdkMethodError */
export function pdkMethod(name: string): PdkMethod {
  const method = table.get(name);
  if (method === undefined) throw new UnknownPdkMethodError(name);
  return method;
}

/** True when Kong's answer to the method carries nothing: it either happens or ends the request. */
export function answersNothing(method: PdkMethod): boolean {
  return method.result === empty;
}

/**
 * The argument frame for positional arguments as in `lib/kong/kong-port.ts`.
 * @throws UnknownPdkMethodError, TypeError for arguments that do not fit
 */
export function encodeArgs(name: string, args: readonly unknown[]): Buffer {
  return encodeFor(pdkMethod(name), name, args);
}

/** The same for a method that is known already. */
export function encodeFor(method: PdkMethod, name: string, args: readonly unknown[]): Buffer {
  try {
    return method.args.encode(args);
  } catch (cause) {
    throw new TypeError(`${name} does not take these arguments`, { cause });
  }
}

/** Kong's side of `encodeArgs`: the positional arguments of an argument frame. */
export function decodeArgs(name: string, bytes: Uint8Array): unknown[] {
  return pdkMethod(name).args.decode(bytes);
}

/** Kong's side of `decodeResult`: the answer frame; null and undefined are Lua's nil. */
export function encodeResult(name: string, result: unknown): Buffer {
  const method = pdkMethod(name);
  if (result === null || result === undefined) return empty.encode([]);
  return method.result.encode([result]);
}

/**
 * The result of an answer frame in the form of `lib/kong/kong-port.ts`.
 * @throws UnknownPdkMethodError, Error when the bytes do not decode
 */
export function decodeResult(name: string, bytes: Uint8Array): unknown {
  return pdkMethod(name).result.decode(bytes)[0];
}

import { modernRequest } from '../../../support/modern-rpc.js';
import { rpc } from '../../../support/rpc.js';
import type { RpcAnswer } from '../../../support/rpc.js';

export const revision = '2026-07-28';

/** What a client can that can be asked everything. */
export const everything = { elicitation: { form: {} }, sampling: {}, roots: {} };

export interface ModernOptions {
  readonly capabilities?: object;
  /** Laid over the `_meta` of a proper request; what is undefined is left out. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Laid over the headers of a proper request. */
  readonly headers?: Readonly<Record<string, string>>;
}

type Params = Readonly<Record<string, unknown>>;

/** Parameters of a proper request of 2026-07-28. */
export function modernParams(
  params: Params,
  { capabilities = everything, meta }: ModernOptions = {},
): Params {
  const { _meta, ...rest } = modernRequest('', params, capabilities).params;
  return { ...rest, _meta: { ..._meta, ...meta } };
}

/** Headers that go with them. */
export function modernHeaders(method: string, params: Params): Record<string, string> {
  return modernRequest(method, params).headers;
}

/** POSTs one request as a client without sessions does. */
export function modernRpc(
  url: string,
  method: string,
  params: Params = {},
  options: ModernOptions = {},
): Promise<RpcAnswer> {
  const headers = { ...modernHeaders(method, params), ...options.headers };
  return rpc(url, method, { params: modernParams(params, options), headers, id: 7 });
}

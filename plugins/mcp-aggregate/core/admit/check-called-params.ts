import { withId } from '../../../../lib/json/envelope.js';
import { methods } from '../../../../lib/protocol/methods.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import type { Envelope, ParamsEnvelope } from '../../../../lib/json/types.js';
import type { Router } from '../calls/router.js';
import { checkParamHeaders } from '../params/check-param-headers.js';
import { mirrorArguments } from '../params/mirror-arguments.js';
import type { MirroredParams } from '../params/mirrored-params.js';

/**
 * Checks what Kong's plugins may go by in the headers of a call, where its tool is known already; the
 * aggregator checks once more.
 * @param bytes that `message` was read from
 * @throws RefusedMessageError as `checkParamHeaders`
 */
export function checkCalledParams(
  router: Router,
  message: Envelope | undefined,
  bytes: Buffer,
  headers: HeaderRecord,
): void {
  withParams(router, message, bytes, (mirrored, params) =>
    checkParamHeaders(mirrored, headers, bytes, params),
  );
}

/**
 * The headers that mirror the arguments of a call, in small letters, where its tool is known already.
 * @throws RefusedMessageError as `mirrorArguments`
 */
export function mirroredParams(
  router: Router,
  message: Envelope | undefined,
  bytes: Buffer,
): Readonly<Record<string, string>> | undefined {
  return withParams(router, message, bytes, (mirrored, params) => {
    const made = Object.entries(mirrorArguments(mirrored, bytes, params));
    return Object.fromEntries(made.map(([name, value]) => [name.toLowerCase(), value]));
  });
}

function withParams<T>(
  router: Router,
  message: Envelope | undefined,
  bytes: Buffer,
  use: (mirrored: MirroredParams, params: ParamsEnvelope) => T,
): T | undefined {
  if (message?.kind !== 'request' || message.method !== methods.callTool) return undefined;
  const { params } = message;
  const mirrored = params?.name && router.paramsOf(params.name.text);
  if (params === undefined || mirrored === undefined) return undefined;
  return withId(bytes, message, () => use(mirrored, params));
}

import { McpError } from '../../../../lib/errors/errors.js';
import { readMessage } from '../../../../lib/json/envelope.js';
import { objectMembers } from '../../../../lib/json/members.js';
import { encodeString, splice, withMembers } from '../../../../lib/json/splice.js';
import type { Member, ParamsEnvelope } from '../../../../lib/json/types.js';
import { methods } from '../../../../lib/protocol/methods.js';
import type { OwnArguments } from '../items/own-arguments.js';
import { pickArguments } from '../params/pick-arguments.js';

/** A call's params, and the bytes that they are read from. */
export interface CallParams {
  readonly message: Buffer;
  readonly params: ParamsEnvelope;
}

const head = Buffer.from(`{"jsonrpc":"2.0","id":0,"method":"${methods.callTool}","params":`);
const tail = Buffer.from('}');

/**
 * The same call with the arguments that the gateway sets; all other bytes of its params stay.
 * @throws McpError `invalid_params` where the client gives one of them itself, or `arguments` is no
 *   object; `invalid_request` as `pickArguments`
 */
export function setArguments(own: OwnArguments, { message, params }: CallParams): CallParams {
  const found = pickArguments(own.picked, message, params, () => {
    throw noObject();
  });
  // A null in the place of a fixed value is replaced; a server may take one for more than nothing.
  const isGiven = (name: string, { kind }: Member) => kind !== 'null' || !own.fixed.has(name);
  const given = own.names.find((name, n) => found[n] && isGiven(name, found[n]));
  if (given !== undefined) {
    throw new McpError('invalid_params', `the argument ${given} is not for clients: leave it out`);
  }
  if (own.fixed.size === 0) return { message, params };
  return readCall(withFixed(own, message, params));
}

function withFixed({ fixed }: OwnArguments, message: Buffer, params: ParamsEnvelope): Buffer {
  const raw = message.subarray(params.span.start, params.span.end);
  const all = [...fixed].map(([name, value]) => `${encodeString(name)}:${value}`);
  const old = params.members.find(({ key }) => key === 'arguments');
  const shifted = (at: number) => at - params.span.start;
  if (old === undefined) {
    const end = { start: raw.length - 1, end: raw.length - 1 };
    return splice(raw, [{ span: end, replacement: `,"arguments":{${all.join(',')}}` }]);
  }
  const span = { start: shifted(old.value.start), end: shifted(old.value.end) };
  if (old.kind === 'null') return splice(raw, [{ span, replacement: `{${all.join(',')}}` }]);
  if (old.kind !== 'object') throw noObject();
  return withMembers(raw, span, objectMembers(raw, span), [...fixed]);
}

function noObject(): McpError {
  return new McpError('invalid_params', 'params.arguments must be an object');
}

/** A call with these params. */
export function readCall(raw: Buffer): CallParams {
  const message = Buffer.concat([head, raw, tail]);
  const read = readMessage(message);
  const params =
    read.kind === 'single' && 'params' in read.message ? read.message.params : undefined;
  if (params === undefined) throw new McpError('internal', 'a call has lost its params');
  return { message, params };
}

import { encodeDone } from './hot-encode.js';
import { readHandleEvent } from './hot-decode.js';
import { decodeMessage, encodeMessage, has, plainMessage } from './protocol.js';
import type { Message } from './protocol.js';
import type { Command, RpcCall } from './rpc-call.js';

const commandTypes = [
  'handleEvent',
  'startInstance',
  'closeInstance',
  'getInstanceStatus',
  'getPluginInfo',
  'getPluginNames',
] as const satisfies readonly Command['type'][];

/** A plugin as `cmd_get_plugin_info` answers it; times in seconds since the epoch. */
export interface PluginInfo {
  readonly name: string;
  readonly updatedAt: number;
  readonly loadedAt: number;
  readonly phases: readonly string[];
  readonly version: string;
  readonly priority: number;
  /** The plugin schema as JSON. */
  readonly schema: string;
}

/** A plugin instance; its configuration is not repeated to Kong, who sent it. */
export interface InstanceStatus {
  readonly name: string;
  readonly instanceId: number;
  /** Seconds since the epoch. */
  readonly startedAt: number;
}

/** The answer to a call; at most one member besides the sequence is set. */
export interface RpcReturn {
  readonly sequence: number;
  readonly pluginNames?: { readonly names: readonly string[] };
  readonly pluginInfo?: PluginInfo;
  readonly instanceStatus?: InstanceStatus;
}

function integer(value: unknown): number {
  return typeof value === 'number' ? value : (value as { toNumber(): number }).toNumber();
}

/** Encodes a call as Kong does. */
export function encodeRpcCall(call: RpcCall): Buffer {
  const { sequence, command } = call;
  if (command === undefined) return encodeMessage('RpcCall', { sequence });
  const { type, ...fields } = command;
  return encodeMessage('RpcCall', { sequence, [type]: fields });
}

/**
 * Decodes a call.
 * @throws Error when the bytes are not an RpcCall
 */
export function decodeRpcCall(bytes: Uint8Array): RpcCall {
  const event = Buffer.isBuffer(bytes) ? readHandleEvent(bytes) : undefined;
  if (event !== undefined) return event;
  const message = decodeMessage('RpcCall', bytes);
  const sequence = integer(message['sequence']);
  const type = commandTypes.find((candidate) => has(message, candidate));
  if (type === undefined) return { sequence, command: undefined };
  const fields = message[type] as Message;
  return { sequence, command: readCommand(type, fields) };
}

function readCommand(type: Command['type'], fields: Message): Command {
  switch (type) {
    case 'getPluginNames':
      return { type };
    case 'getPluginInfo':
      return { type, name: fields['name'] as string };
    case 'startInstance':
      return { type, name: fields['name'] as string, config: fields['config'] as Uint8Array };
    case 'getInstanceStatus':
    case 'closeInstance':
      return { type, instanceId: fields['instanceId'] as number };
    case 'handleEvent':
      return {
        type,
        instanceId: fields['instanceId'] as number,
        eventName: fields['eventName'] as string,
      };
  }
}

/** Encodes the answer to an event that has been handled. */
export function encodeHandled(sequence: number): Buffer {
  return Number.isSafeInteger(sequence) && sequence >= 0
    ? encodeDone(sequence)
    : encodeRpcReturn({ sequence });
}

/** Encodes an answer. */
export function encodeRpcReturn(answer: RpcReturn): Buffer {
  return encodeMessage('RpcReturn', { ...answer });
}

/**
 * Decodes an answer as Kong does.
 * @throws Error when the bytes are not an RpcReturn
 */
export function decodeRpcReturn(bytes: Uint8Array): RpcReturn {
  const plain = plainMessage('RpcReturn', decodeMessage('RpcReturn', bytes));
  return { ...plain, sequence: (plain['sequence'] as number | undefined) ?? 0 };
}

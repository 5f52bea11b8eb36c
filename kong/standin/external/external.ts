import type { FieldSpec } from '../../../schema/fields.js';
import { encodeRpcCall, decodeRpcReturn } from '../../pluginserver/wire/messages.js';
import type { RpcReturn } from '../../pluginserver/wire/messages.js';
import type { Command } from '../../pluginserver/wire/rpc-call.js';
import { ClosedError, Connection } from '../connection.js';
import type { Exchange } from '../exchange.js';
import type { Handler } from './handler.js';
import type { Plugin } from '../model.js';
import { callPdk } from './pdk.js';
import { serverLog } from '../server-log.js';

/** What a query command prints about one plugin. */
export interface Description {
  readonly Name: string;
  readonly Priority: number;
  readonly Phases: readonly string[];
  readonly Schema: { readonly fields: readonly Readonly<Record<string, FieldSpec>>[] };
}

/** A plugin in a plugin server, spoken to in ProtoBuf:1 as Kong speaks. */
export class ExternalHandler implements Handler {
  readonly bundled = false;
  readonly priority: number;
  readonly config: FieldSpec;
  readonly #name: string;
  readonly #socket: string;
  readonly #instances = new Map<string, Promise<number>>();
  readonly #idle: Connection[] = [];
  #sequence = 0;

  constructor(description: Description, socket: string) {
    const config = description.Schema.fields.find((field) => 'config' in field)?.['config'];
    if (config === undefined) throw new Error(`${description.Name}: its schema has no 'config'`);
    const other = description.Phases.find((phase) => phase !== 'access');
    if (other !== undefined) {
      throw new Error(`${description.Name}: the stand-in runs the access phase, not '${other}'`);
    }
    this.config = config;
    this.priority = description.Priority;
    this.#name = description.Name;
    this.#socket = socket;
  }

  /** Fails closed: a lost instance is started anew, without limit; whatever else breaks is a 500. */
  async access(exchange: Exchange, plugin: Plugin): Promise<void> {
    try {
      for (;;) {
        const instanceId = await this.#instance(plugin);
        try {
          const command = { type: 'handleEvent', instanceId, eventName: 'access' } as const;
          return void (await this.#call(command, exchange));
        } catch (error) {
          // Nobody waits for the answer any more: end it, and let nothing pass.
          if (!(error instanceof ClosedError) || exchange.response.destroyed) throw error;
          this.#instances.clear();
          serverLog('warn', `[${this.#name}] closed`);
        }
      }
    } catch (error) {
      serverLog('error', `[${this.#name}] pluginserver error: ${(error as Error).message}`);
      exchange.error(500, 'An unexpected error occurred');
    }
  }

  #instance(plugin: Plugin): Promise<number> {
    const known = this.#instances.get(plugin.id);
    if (known !== undefined) return known;
    const started = this.#start(plugin);
    this.#instances.set(plugin.id, started);
    started.catch(() => {
      if (this.#instances.get(plugin.id) === started) this.#instances.delete(plugin.id);
    });
    return started;
  }

  async #start({ id, name, config, route, service }: Plugin): Promise<number> {
    const owner = { route_id: route?.id, service_id: route ? undefined : service?.id };
    const own = { __plugin_id: id, __seq__: 1, __key__: id };
    const text = JSON.stringify({ ...config, ...owner, ...own });
    try {
      const started = await this.#call({ type: 'startInstance', name, config: Buffer.from(text) });
      return started!.instanceStatus!.instanceId;
    } catch (error) {
      throw new Error(`starting instance: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Undefined when the event ended the request: then nobody reads the answer. */
  async #call(command: Command, exchange?: Exchange): Promise<RpcReturn | undefined> {
    const connection = await this.#connection();
    try {
      const sequence = ++this.#sequence;
      connection.send(encodeRpcCall({ sequence, command }));
      while (exchange !== undefined) {
        const method = (await connection.receive()).toString();
        if (method === '') break;
        const result = await callPdk(exchange, method, await connection.receive());
        if (exchange.answer !== undefined) return void connection.close();
        connection.send(result);
      }
      const answer = decodeRpcReturn(await connection.receive());
      if (answer.sequence !== sequence) throw new Error('answer out of sequence');
      this.#idle.push(connection);
      return answer;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  async #connection(): Promise<Connection> {
    for (;;) {
      const idle = this.#idle.pop();
      if (idle === undefined) return Connection.open(this.#socket);
      if (idle.usable) return idle;
      idle.close();
    }
  }
}

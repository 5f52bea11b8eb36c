import { log } from '../../lib/log.js';
import { logFailure } from './instances/failure.js';
import type { InstanceSource } from './instances/instance-source.js';
import type { Instance } from './instances/instance.js';
import type { LoadedPlugin, Plugins } from './instances/load-plugins.js';
import type { PluginInfo, RpcReturn } from './wire/messages.js';
import type { Command } from './wire/rpc-call.js';

/** What commands work on. */
export interface CommandTargets {
  readonly plugins: Plugins;
  readonly instances: InstanceSource;
}

/** The answer to a command but for its sequence number; undefined means: close the connection. */
export type CommandAnswer = Omit<RpcReturn, 'sequence'> | undefined;

function pluginInfo(plugin: LoadedPlugin): PluginInfo {
  const { module, schema } = plugin;
  return {
    name: module.getName(),
    updatedAt: Math.floor(module.getMTime()),
    loadedAt: Math.floor(module.getLoadTime()),
    phases: module.getPhases(),
    version: module.getVersion() ?? '',
    priority: module.getPriority(),
    schema: JSON.stringify(schema),
  };
}

/**
 * A failed start is answered by closing. Kong then gives up its claim on the instance and answers
 * 500 at once, without a retry. Any other answer makes it fail while it holds the claim, and for
 * ten seconds the worker's requests to that plugin wait.
 */
function start(
  { instances }: CommandTargets,
  name: string,
  config: Uint8Array,
): CommandAnswer | Promise<CommandAnswer> {
  try {
    const instance = instances.start(name, config);
    if (!(instance instanceof Promise)) return started(instance);
    return instance.then(started, (error: unknown) => notStarted(name, error));
  } catch (error) {
    return notStarted(name, error);
  }
}

function started(instance: Instance): CommandAnswer {
  log('debug', 'instance_started', { plugin: instance.name, instance_id: instance.id });
  return statusOf(instance);
}

function notStarted(name: string, error: unknown): undefined {
  logFailure('instance_start_failed', error, { plugin: name.slice(0, 100) });
}

function statusOf({ name, id: instanceId, startedAt }: Instance): CommandAnswer {
  return { instanceStatus: { name, instanceId, startedAt } };
}

function status(
  { instances }: CommandTargets,
  instanceId: number,
): CommandAnswer | Promise<CommandAnswer> {
  const instance = instances.get(instanceId);
  if (instance !== undefined) return statusOf(instance);
  return instances.find?.(instanceId).then((found) => found && statusOf(found));
}

/** Carries out everything but an event. */
export function answerCommand(
  targets: CommandTargets,
  command: Exclude<Command, { type: 'handleEvent' }>,
): CommandAnswer | Promise<CommandAnswer> {
  switch (command.type) {
    case 'startInstance':
      return start(targets, command.name, command.config);
    case 'getInstanceStatus':
      return status(targets, command.instanceId);
    case 'closeInstance':
      targets.instances.close(command.instanceId);
      return {};
    case 'getPluginNames':
      return { pluginNames: { names: [...targets.plugins.keys()] } };
    case 'getPluginInfo': {
      const plugin = targets.plugins.get(command.name);
      return plugin === undefined ? {} : { pluginInfo: pluginInfo(plugin) };
    }
  }
}

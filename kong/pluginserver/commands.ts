import { log } from '../../lib/log.js';
import { logFailure } from './instances/failure.js';
import type { Instances } from './instances/instances.js';
import type { LoadedPlugin, Plugins } from './instances/load-plugins.js';
import type { PluginInfo, RpcReturn } from './wire/messages.js';
import type { Command } from './wire/rpc-call.js';

/** What commands work on. */
export interface CommandTargets {
  readonly plugins: Plugins;
  readonly instances: Instances;
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
function start(targets: CommandTargets, name: string, config: Uint8Array): CommandAnswer {
  try {
    const instance = targets.instances.start(name, config);
    log('debug', 'instance_started', { plugin: name, instance_id: instance.id });
    const { id: instanceId, startedAt } = instance;
    return { instanceStatus: { name, instanceId, startedAt } };
  } catch (error) {
    logFailure('instance_start_failed', error, { plugin: name.slice(0, 100) });
    return undefined;
  }
}

function status(targets: CommandTargets, instanceId: number): CommandAnswer {
  const instance = targets.instances.get(instanceId);
  if (instance === undefined) return undefined;
  const { name, startedAt } = instance;
  return { instanceStatus: { name, instanceId, startedAt } };
}

/** Carries out everything but an event. */
export function answerCommand(
  targets: CommandTargets,
  command: Exclude<Command, { type: 'handleEvent' }>,
): CommandAnswer {
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

import type { Instance } from './instance.js';

/** Where a connection finds instances: in this process alone, or shared with other workers. */
export interface InstanceSource {
  /** The instance, now recently used. */
  get(id: number): Instance | undefined;
  /** Asks elsewhere for one that `get` does not know; undefined where there is nobody to ask. */
  find?(id: number): Promise<Instance | undefined>;
  /**
   * Starts an instance of the named plugin; where the plugin refuses the configuration, one that
   * answers every request itself.
   * @param config JSON as Kong sent it
   * @throws InstanceStartError on an unknown plugin or unreadable JSON
   */
  start(name: string, config: Uint8Array): Instance | Promise<Instance>;
  /** Retires the instance; an unknown id is no error, for Kong may ask twice. */
  close(id: number): void;
}

import type { LoadedPlugin } from './instances/load-plugins.js';

/** What Kong's query command prints for one plugin: since 3.9 Kong reads the first plugin only. */
export interface Description {
  readonly Protocol: 'ProtoBuf:1';
  readonly Plugins: readonly [
    {
      readonly Name: string;
      readonly Version: string;
      readonly Priority: number;
      readonly Phases: readonly string[];
      readonly Schema: unknown;
    },
  ];
}

/** The description of a loaded plugin. */
export function describePlugin({ module, schema }: LoadedPlugin): Description {
  return {
    Protocol: 'ProtoBuf:1',
    Plugins: [
      {
        Name: module.getName(),
        Version: module.getVersion() ?? '0.0.0',
        Priority: module.getPriority(),
        Phases: module.getPhases(),
        Schema: schema,
      },
    ],
  };
}

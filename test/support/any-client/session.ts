import type { AnyClient, Methods } from './contract.js';

/** How one logs and watches in a session. */
export function inSession(client: Methods): Pick<AnyClient, 'withLog' | 'watch'> {
  return {
    withLog: async (name, args) => {
      await client.setLoggingLevel('info');
      return client.callTool({ name, arguments: args });
    },
    watch: async (uris) => {
      for (const uri of uris) await client.subscribeResource({ uri });
      return async () => {
        for (const uri of uris) await client.unsubscribeResource({ uri });
      };
    },
  };
}

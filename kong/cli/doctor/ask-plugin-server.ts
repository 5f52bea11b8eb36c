import { decodeRpcReturn, encodeRpcCall } from '../../pluginserver/wire/messages.js';
import type { PluginInfo, RpcReturn } from '../../pluginserver/wire/messages.js';
import type { Command } from '../../pluginserver/wire/rpc-call.js';
import { Connection } from '../../standin/connection.js';

const patienceMs = 5_000;

/**
 * Asks a running plugin server over ProtoBuf:1, as Kong does, which plugins it has. Starts no
 * instance and handles no event.
 * @throws Error where it does not accept, answers otherwise, or not within 5 s
 */
export async function askPluginServer(socket: string): Promise<readonly PluginInfo[]> {
  const connection = await Connection.open(socket);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer within 5 s')), patienceMs);
  });
  try {
    return await Promise.race([pluginsOf(connection), late]);
  } finally {
    clearTimeout(timer);
    connection.close();
  }
}

async function pluginsOf(connection: Connection): Promise<readonly PluginInfo[]> {
  let sequence = 0;
  const ask = async (command: Command): Promise<RpcReturn> => {
    sequence += 1;
    connection.send(encodeRpcCall({ sequence, command }));
    const answer = decodeRpcReturn(await connection.receive());
    if (answer.sequence !== sequence) throw new Error('an answer out of sequence');
    return answer;
  };
  const { pluginNames } = await ask({ type: 'getPluginNames' });
  const plugins: PluginInfo[] = [];
  for (const name of pluginNames?.names ?? []) {
    const { pluginInfo } = await ask({ type: 'getPluginInfo', name });
    if (pluginInfo !== undefined) plugins.push(pluginInfo);
  }
  return plugins;
}

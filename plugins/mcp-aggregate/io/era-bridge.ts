/** Set to 1 to try the bridge between the protocol eras, which is not finished. */
const eraBridgeVariable = 'KONG_MCP_EXPERIMENTAL_ERA_BRIDGE';

/** Whether clients and servers of the era without sessions are served, as far as that goes. */
export function bridgesEras(env: Readonly<Record<string, string | undefined>>): boolean {
  return env[eraBridgeVariable] === '1';
}

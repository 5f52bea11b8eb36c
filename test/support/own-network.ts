import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Set where the tests run in a network of their own. */
const inside = 'MCP_TEST_NETWORK';

/** Whether this process has a network of its own, which a test may break. */
export const isOwnNetwork = process.env[inside] === 'own';

const loopbackUp = 'ip link set lo up';

/** What starts a command in a network of its own; undefined where that is not permitted here. */
function starter(): readonly string[] | undefined {
  const ways = [
    ['unshare', '--net'],
    ['unshare', '--map-root-user', '--net'],
  ];
  return ways.find(([command = '', ...args]) => {
    const probe = ['sh', '-c', `${loopbackUp} && nft add table inet probe`];
    return spawnSync(command, [...args, ...probe], { stdio: 'ignore' }).status === 0;
  });
}

/** Why tests do not run in a network of their own; undefined where they can. */
export const noOwnNetwork: string | undefined =
  isOwnNetwork || starter() !== undefined ? undefined : 'no network namespace or no nft';

/**
 * Runs a test file in a network of its own, which has a loopback interface alone.
 * @returns what it wrote, and whether all passed
 */
export async function runInOwnNetwork(
  file: string,
): Promise<{ readonly passed: boolean; readonly text: string }> {
  const [command = '', ...args] = starter() ?? [];
  const vitest = `exec "$0" node_modules/vitest/vitest.mjs run --project e2e "$1"`;
  const shell = ['sh', '-c', `${loopbackUp} && ${vitest}`, process.execPath, file];
  const child = spawn(command, [...args, ...shell], { env: { ...process.env, [inside]: 'own' } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { passed: code === 0, text };
}

/** Loses every packet from and to these ports until it is healed. */
export class Partition {
  readonly #ports: string;

  constructor(ports: readonly number[]) {
    this.#ports = ports.join(', ');
  }

  begin(): void {
    const rules = ['dport', 'sport'].map((side) => `tcp ${side} { ${this.#ports} } drop`);
    const chain = `type filter hook input priority 0; ${rules.join('; ')};`;
    nft(`table inet partition {\nchain in { ${chain} }\n}\n`);
  }

  heal(): void {
    nft('delete table inet partition\n');
  }
}

function nft(text: string): void {
  const { status, stderr } = spawnSync('nft', ['-f', '-'], { input: text, encoding: 'utf8' });
  if (status !== 0) throw new Error(`nft: ${stderr}`);
}

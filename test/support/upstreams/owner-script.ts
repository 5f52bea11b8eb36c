/**
 * A process that owns a child, as the plugin server does; run transpiled, beside `child.ts`.
 * Starts what its arguments name and ends as `HOW` says, once it reads a line.
 */
import { Child } from '../../../plugins/mcp-aggregate/upstream/stdio/child.js';

const [command = '', ...args] = process.argv.slice(2);
const entry = { kind: 'stdio' as const, command, args, env: {} };
const child = new Child(entry, process.env, {
  onStdout: (chunk) => process.stdout.write(chunk),
  onStderr: () => {},
  onEnd: () => {},
});
process.stdin.on('data', (line: Buffer) => {
  if (line.toString().trim() === 'exit') process.exit(0);
  else child.write(line.subarray(0, -1));
});

import { projectFile } from '../project.js';
import { TestProcess } from '../process.js';

const standin = projectFile('dist/kong/standin/main.js');

/** What a gateway calls itself in `Via` and `Server`. */
export const gatewayName = process.env['KONG_BIN'] ? /\bkong\/\d/ : /\bkong-standin\/\d/;

/** The `kong` command of `KONG_BIN`, else the stand-in, which is called the same way. */
const kongCommand: readonly string[] = process.env['KONG_BIN']
  ? process.env['KONG_BIN'].split(/\s+/)
  : [process.execPath, standin];

/** Runs a command to its end. @throws Error with its output when it fails */
export async function kong(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const [command = '', ...rest] = kongCommand;
  const child = new TestProcess(command, [...rest, ...args], { env });
  const code = await child.exited;
  const output = `${child.stdout}${child.stderr}`;
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}: ${output}`);
  return output;
}

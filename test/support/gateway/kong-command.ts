import { TestProcess } from '../process.js';
import { standin, StandinProcess } from './standin-process.js';

const kongBin = process.env['KONG_BIN'];

/** What a gateway calls itself in `Via` and `Server`. */
export const gatewayName = kongBin ? /\bkong\/\d/ : /\bkong-standin\/\d/;

/** The `kong` command of `KONG_BIN`, else the stand-in, which is called the same way. */
const kongCommand: readonly string[] = kongBin ? kongBin.split(/\s+/) : standin;

type Environment = Readonly<Record<string, string>>;

/** Runs a command to its end. @throws Error with its output when it fails */
export async function kong(args: readonly string[], env: Environment = {}): Promise<string> {
  const [command = '', ...rest] = kongCommand;
  const child = new TestProcess(command, [...rest, ...args], { env });
  const code = await child.exited;
  const output = `${child.stdout}${child.stderr}`;
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}: ${output}`);
  return output;
}

/** A gateway that serves, until it is stopped. */
export interface Serving {
  /** @throws Error when it cannot be stopped */
  stop(): Promise<void>;
}

/**
 * Starts a gateway and waits until it listens. The stand-in does so in the foreground: commands to
 * start and to stop it would each be a process more. @throws Error with what it says when it fails
 */
export async function startServing(
  conf: string,
  prefix: string,
  env: Environment,
): Promise<Serving> {
  if (kongBin === undefined) return StandinProcess.start(conf, prefix, env);
  await kong(['start', '-c', conf, '-p', prefix], env);
  return { stop: () => kong(['stop', '-p', prefix]).then(() => undefined) };
}

#!/usr/bin/env node
import { ConfigError } from '../../lib/errors/errors.js';
import { version } from '../../lib/version.js';
import { Demo } from './demo.js';
import { demoHelp, readDemoOptions } from './options.js';

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/** npm may pass on a signal that the terminal has sent already: no second Ctrl-C. */
const repeatMs = 1_000;

async function run(): Promise<void> {
  const options = readDemoOptions(process.argv.slice(2), process.env);
  if (options === 'help') return void process.stdout.write(demoHelp);
  if (options === 'version') return void say(version);
  const demo = new Demo(options, say);
  let stopping: number | undefined;
  const stop = (code: number): void => {
    if (stopping !== undefined) {
      if (Date.now() - stopping < repeatMs) return;
      demo.kill();
      process.exit(130);
    }
    stopping = Date.now();
    void demo.stop().then(() => process.exit(code));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(0));
  if (process.env['npm_lifecycle_event'] !== undefined) onOrphaned(() => stop(0));
  try {
    await demo.start();
  } catch (error) {
    if (stopping !== undefined) return;
    explain(error, options.port);
    stop(1);
  }
}

/** npm passes signals to its shell only, which dies of them and leaves this process alone. */
function onOrphaned(act: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, 500);
  timer.unref();
}

function explain(error: unknown, port?: number): void {
  const message = error instanceof Error ? error.message : String(error);
  const logs =
    port === undefined || error instanceof ConfigError ? '' : ` (logs: .demo/${port}/logs)`;
  process.stderr.write(`npm start: ${message}${logs}\n`);
}

try {
  await run();
} catch (error) {
  explain(error);
  process.exitCode = 2;
}

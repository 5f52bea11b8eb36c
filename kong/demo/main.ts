import { ConfigError } from '../../lib/errors.js';
import { Demo } from './demo.js';
import { demoHelp, readDemoOptions } from './options.js';

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

async function run(): Promise<void> {
  const options = readDemoOptions(process.argv.slice(2), process.env);
  if (options === 'help') return void process.stdout.write(demoHelp);
  const demo = new Demo(options, say);
  let stopping = false;
  const stop = (code: number): void => {
    if (stopping) {
      demo.kill();
      process.exit(130);
    }
    stopping = true;
    void demo.stop().then(() => process.exit(code));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(0));
  try {
    await demo.start();
  } catch (error) {
    if (stopping) return;
    explain(error, options.port);
    stop(1);
  }
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

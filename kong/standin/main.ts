#!/usr/bin/env node
import { fork } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Gateway } from './gateway.js';
import { serve } from './serve.js';
import { readSettings } from './settings.js';

const notice =
  'This is kong-standin, a stand-in for development and tests, not a gateway for production.';
const usage = `${notice}
Usage: kong-mcp-standin start|reload -c kong.conf -p PREFIX [--foreground]
       kong-mcp-standin stop -p PREFIX
       kong-mcp-standin check kong.conf
       kong-mcp-standin version`;

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const pidFile = (prefix: string): string => resolve(prefix, 'pids/nginx.pid');

function runningPid(prefix: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile(prefix), 'utf8'));
    if (!(pid > 1)) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}

function pidOf(prefix: string): number {
  const pid = runningPid(prefix);
  if (pid === undefined) throw new Error(`nothing is running in ${prefix}`);
  return pid;
}

/** Reads and tries the configuration, and leaves it where the serving process finds it. */
function prepare(conf: string, prefix: string): void {
  const settings = readSettings(conf, prefix, process.env);
  new Gateway(settings, process.env);
  for (const folder of ['pids', 'logs']) mkdirSync(resolve(prefix, folder), { recursive: true });
  mkdirSync(resolve(prefix, 'client_body_temp'), { recursive: true, mode: 0o700 });
  writeFileSync(resolve(prefix, '.kong_env'), JSON.stringify(settings), { mode: 0o600 });
}

async function start(conf: string, prefix: string, foreground: boolean): Promise<void> {
  if (runningPid(prefix) !== undefined) throw new Error(`already running in ${prefix}`);
  prepare(conf, prefix);
  process.stderr.write(`${notice}\n`);
  if (foreground) return serve(prefix);
  const log = (name: string): number => openSync(resolve(prefix, 'logs', name), 'a');
  const child = fork(process.argv[1]!, ['serve', '-p', prefix], {
    detached: true,
    stdio: ['ignore', log('access.log'), log('error.log'), 'ipc'],
  });
  const failure = await new Promise<unknown>((settle) => {
    child.once('message', settle).once('exit', () => settle('it ended; see logs/error.log'));
  });
  if (failure !== 'ready') throw new Error(String(failure));
  child.disconnect();
  child.unref();
  say('kong-standin started');
}

async function stop(prefix: string): Promise<void> {
  process.kill(pidOf(prefix), 'SIGTERM');
  for (let left = 100; runningPid(prefix) !== undefined; left -= 1) {
    if (left === 0) throw new Error('it did not end within 10 seconds');
    await new Promise((wake) => setTimeout(wake, 100));
  }
  rmSync(pidFile(prefix), { force: true });
  say('kong-standin stopped');
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      conf: { type: 'string', short: 'c' },
      prefix: { type: 'string', short: 'p', default: process.env['KONG_PREFIX'] ?? '.' },
      foreground: { type: 'boolean', default: false },
    },
  });
  const [command, file] = positionals;
  const conf = resolve(values.conf ?? file ?? 'kong.conf');
  const prefix = resolve(values.prefix);
  switch (command) {
    case 'start':
      return start(conf, prefix, values.foreground);
    case 'serve':
      return serve(prefix);
    case 'stop':
      return stop(prefix);
    case 'reload':
      prepare(conf, prefix);
      process.kill(pidOf(prefix), 'SIGHUP');
      return void say('kong-standin reloaded');
    case 'check':
      new Gateway(readSettings(conf, prefix, process.env), process.env);
      return void say(`configuration at ${conf} is valid`);
    case 'version':
      return void say('kong-standin 0.1.0');
    default:
      throw new Error(usage);
  }
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  if (process.send) process.send(message);
  process.stderr.write(`Error: ${message}\n`, () => process.exit(1));
});

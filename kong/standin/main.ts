#!/usr/bin/env node
import { fork } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { serverName } from './exchange.js';
import { Gateway } from './gateway.js';
import { serve } from './serve.js';
import { readSettings } from './settings.js';

const usage = `kong-standin is a stand-in for development and tests, not a gateway for production.
Usage: kong-mcp-standin start|reload -c kong.conf -p PREFIX [--foreground]
       kong-mcp-standin stop -p PREFIX | check kong.conf | version`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function runningPid(prefix: string): number | undefined {
  try {
    const pid = Number(readFileSync(`${prefix}/pids/nginx.pid`, 'utf8'));
    return pid > 1 && process.kill(pid, 0) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function signal(prefix: string, name: NodeJS.Signals): void {
  const pid = runningPid(prefix);
  if (pid === undefined) throw new Error(`nothing is running in ${prefix}`);
  process.kill(pid, name);
}

/** Tries the configuration and leaves it where the serving process finds it. */
function prepare(conf: string, prefix: string): void {
  const settings = readSettings(conf, prefix);
  new Gateway(settings);
  for (const folder of ['pids', 'logs']) mkdirSync(`${prefix}/${folder}`, { recursive: true });
  mkdirSync(`${prefix}/client_body_temp`, { recursive: true, mode: 0o700 });
  writeFileSync(`${prefix}/.kong_env`, JSON.stringify(settings), { mode: 0o600 });
}

async function start(conf: string, prefix: string, foreground: boolean): Promise<void> {
  if (runningPid(prefix) !== undefined) throw new Error(`already running in ${prefix}`);
  prepare(conf, prefix);
  process.stderr.write(`${usage.split('\n')[0]}\n`);
  if (foreground) return serve(prefix);
  const [out, err] = ['access', 'error'].map((name) => openSync(`${prefix}/logs/${name}.log`, 'a'));
  const child = fork(process.argv[1]!, ['serve', '-p', prefix], {
    detached: true,
    stdio: ['ignore', out, err, 'ipc'],
  });
  const outcome = await new Promise<unknown>((settle) => {
    child.once('message', settle).once('exit', () => settle('it ended: see logs/error.log'));
  });
  if (outcome !== 'ready') throw new Error(String(outcome));
  child.disconnect();
  child.unref();
  say('kong-standin started');
}

async function stop(prefix: string): Promise<void> {
  signal(prefix, 'SIGTERM');
  for (let left = 200; runningPid(prefix) !== undefined && left > 0; left -= 1) await pause(50);
  rmSync(`${prefix}/pids/nginx.pid`, { force: true });
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
  const [command = 'help', file = 'kong.conf'] = positionals;
  const conf = values.conf ?? file;
  const prefix = resolve(values.prefix);
  const commands: Readonly<Record<string, () => void | Promise<void>>> = {
    start: () => start(conf, prefix, values.foreground),
    serve: () => serve(prefix),
    stop: () => stop(prefix),
    reload: () => {
      prepare(conf, prefix);
      signal(prefix, 'SIGHUP');
      say('kong-standin reloaded');
    },
    check: () => {
      new Gateway(readSettings(conf, prefix));
      say(`configuration at ${conf} is valid`);
    },
    version: () => say(serverName),
    help: () => say(usage),
  };
  const run = commands[command];
  if (run === undefined) throw new Error(usage);
  await run();
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.send?.(message);
  process.stderr.write(`Error: ${message}\n`, () => process.exit(1));
});

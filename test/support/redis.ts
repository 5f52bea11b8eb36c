import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { freePort } from './ports.js';
import { TestProcess } from './process.js';
import { until } from './readiness.js';

/** Why no Redis can be started here; undefined where one can. */
export const redisMissing: string | undefined = spawnSync('redis-server', ['--version']).error
  ? 'redis-server is not installed'
  : undefined;

export interface TestRedis {
  readonly port: number;
  stop(): Promise<void>;
  /** Starts it again at the same port, empty. */
  start(): Promise<void>;
}

/** A Redis in memory on a free loopback port. */
export async function startRedis(password?: string): Promise<TestRedis> {
  const port = await freePort();
  const secret = password === undefined ? [] : ['--requirepass', password];
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', ...secret];
  let running: TestProcess | undefined;
  const start = async () => {
    running = new TestProcess('redis-server', args, {});
    await until(() => accepts(port), { what: `Redis does not listen at ${port}` });
  };
  await start();
  const stop = async () => {
    await running?.kill('SIGKILL');
  };
  return { port, start, stop };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

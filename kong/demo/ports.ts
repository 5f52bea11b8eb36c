import { connect, createServer } from 'node:net';
import { ConfigError } from '../../lib/errors/errors.js';

/**
 * Makes sure that a port of loopback is free.
 * @throws ConfigError naming the port, and the option that takes another
 */
export function assertFree(port: number, option: string, variable: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${error.code})`;
      const advice = `choose another: npm start -- ${option} ${suggestion(port)} (or ${variable})`;
      reject(new ConfigError(option, `port ${port} ${why}; ${advice}`));
    });
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve()));
  });
}

function suggestion(port: number): number {
  return port > 65_000 ? port - 100 : port + 100;
}

/** Whether something accepts connections at a unix socket. */
export function socketAccepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

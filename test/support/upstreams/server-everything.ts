import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';

/**
 * The server listens on every interface and tells no port. Loaded before it, this makes it bind
 * loopback and write the port it got.
 */
const bindLoopback = `data:text/javascript,${encodeURIComponent(`
  import { Server } from 'node:net';
  const listen = Server.prototype.listen;
  Server.prototype.listen = function (port, ...rest) {
    this.once('listening', () => process.stderr.write('listening:' + this.address().port + '\\n'));
    return listen.call(this, Number(port), '127.0.0.1', ...rest);
  };
`)}`;

export interface RunningServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts `@modelcontextprotocol/server-everything` over Streamable HTTP on a free loopback port. */
export async function startServerEverything(): Promise<RunningServer> {
  const entry = createRequire(import.meta.url).resolve(
    '@modelcontextprotocol/server-everything/dist/index.js',
  );
  const child = spawn(process.execPath, ['--import', bindLoopback, entry, 'streamableHttp'], {
    env: { PATH: process.env['PATH'], PORT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  let said = '';
  const port = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /listening:(\d+)/.exec(said);
      if (found) resolve(found[1]!);
    });
    child.once('exit', () => reject(new Error(`server-everything ended: ${said}`)));
  });
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    async close() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

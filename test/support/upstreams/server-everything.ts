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
export const startServerEverything = (): Promise<RunningServer> =>
  startMode('streamableHttp', '/mcp');

/** The same over the HTTP+SSE transport of 2024-11-05. */
export const startServerEverythingSse = (port = 0): Promise<RunningServer> =>
  startMode('sse', '/sse', port);

async function startMode(mode: string, path: string, wanted = 0): Promise<RunningServer> {
  const entry = createRequire(import.meta.url).resolve(
    '@modelcontextprotocol/server-everything/dist/index.js',
  );
  const child = spawn(process.execPath, ['--import', bindLoopback, entry, mode], {
    env: { PATH: process.env['PATH'], PORT: String(wanted) },
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
    url: `http://127.0.0.1:${port}${path}`,
    async close() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

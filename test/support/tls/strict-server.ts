import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Certificates } from './certificates.js';

export interface StrictServer extends AsyncDisposable {
  readonly port: number;
}

/**
 * A server of OpenSSL's own that wants a client certificate of this authority and, unlike Node's,
 * says so by an alert. It completes handshakes and nothing more.
 */
export async function strictServer({ ca, cert, key }: Certificates): Promise<StrictServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  for (const [name, pem] of Object.entries({ ca, cert, key })) {
    writeFileSync(join(folder, name), pem);
  }
  const own = ['-accept', '127.0.0.1:0', '-cert', 'cert', '-key', 'key'];
  // In TLS 1.3 the alert comes after the handshake, often too late to be read before the end.
  const wants = ['-tls1_2', '-CAfile', 'ca', '-Verify', '1', '-verify_return_error'];
  const child = spawn('openssl', ['s_server', ...own, ...wants], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  for await (const line of createInterface(child.stdout)) {
    const port = /^ACCEPT .*:(\d+)$/.exec(line)?.[1];
    if (port === undefined) continue;
    child.stdout.resume();
    return {
      port: Number(port),
      async [Symbol.asyncDispose]() {
        if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
        rmSync(folder, { recursive: true, force: true });
      },
    };
  }
  throw new Error('openssl s_server did not start');
}

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './at-exit.js';

/** Below the range from which the kernel takes ports for outgoing connections. */
const lowest = 20_000;
const count = 12_000;
const folder = join(tmpdir(), 'kong-plugin-mcp-ports');
const held = new Set<string>();

atExit(() => {
  for (const claim of held) rmSync(claim, { force: true });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** True when this process now holds the port among all test processes. */
function claimed(port: number): boolean {
  const claim = join(folder, String(port));
  try {
    writeFileSync(claim, String(process.pid), { flag: 'wx' });
  } catch {
    if (alive(Number(readFileSync(claim, 'utf8') || process.pid))) return false;
    writeFileSync(claim, String(process.pid));
  }
  held.add(claim);
  return true;
}

function free(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * A loopback port for a process that cannot bind port 0. It stays this process's until its end:
 * no other caller gets it, and no outgoing connection is given it.
 */
export async function freePort(): Promise<number> {
  mkdirSync(folder, { recursive: true });
  for (;;) {
    const port = lowest + Math.floor(Math.random() * count);
    if (claimed(port) && (await free(port))) return port;
  }
}

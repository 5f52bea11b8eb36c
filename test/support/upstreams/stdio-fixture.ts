import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { transpile } from './transpile.js';

export interface StdioFixture {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Lines the child has written down: starts, requests, signals. */
  journal(): string[];
  /** Resolves with the journal's first line that matches; fails after five seconds. */
  seen(pattern: RegExp): Promise<string>;
  remove(): void;
}

/** A stdio entry that runs `stdio-script.ts`. */
export function stdioFixture(env: Readonly<Record<string, string>> = {}): StdioFixture {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-stdio-'));
  const script = transpile(folder, new URL('stdio-script.ts', import.meta.url));
  const path = join(folder, 'journal');
  writeFileSync(path, '');
  const journal = () => readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return {
    command: process.execPath,
    args: [script],
    env: { ...env, JOURNAL: path },
    journal,
    async seen(pattern) {
      for (let tries = 0; tries < 500; tries++) {
        const found = journal().find((line) => pattern.test(line));
        if (found !== undefined) return found;
        await pause(10);
      }
      throw new Error(`no ${pattern} in ${JSON.stringify(journal())}`);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Resolves when no process has this id (any more); fails after five seconds. */
export async function gone(pid: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (!isAlive(pid)) return;
    await pause(10);
  }
  throw new Error(`process ${pid} lives on`);
}

export function isAlive(pid: number): boolean {
  try {
    // A zombie counts as gone only when its parent has reaped it, which is ours to do.
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

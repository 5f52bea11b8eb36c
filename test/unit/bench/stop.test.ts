import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { projectFile } from '../../support/project.js';
import { until } from '../../support/readiness.js';

const folder = mkdtempSync(join(tmpdir(), 'stop-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const script = `source "${projectFile('bench/compare/gateways/common.sh')}"
start() { spawn parent bash -c 'sleep 300 & echo $! >"$BENCH_FOLDER/child"; wait'; }
run_command "$1"`;

function command(name: string): void {
  const env = { ...process.env, BENCH_FOLDER: folder };
  execFileSync('bash', [join(folder, 'gateway.sh'), name], { env, stdio: 'ignore' });
}

it.runIf(process.platform === 'linux')('stops the children of what it started', async () => {
  writeFileSync(join(folder, 'gateway.sh'), script);
  command('start');
  const said = () => readFileSync(join(folder, 'child'), 'utf8').trim();
  const child = await until(() => Number(said()), { what: 'no child' });
  const alive = (): boolean => existsSync(`/proc/${child}`);
  try {
    expect(alive()).toBe(true);
    command('stop');
    await until(() => !alive(), { what: 'end of the child', timeoutMs: 3_000 });
  } finally {
    if (alive()) process.kill(child);
  }
});

import { execFileSync } from 'node:child_process';
import { loadavg, totalmem } from 'node:os';
import { projectFile } from '../../test/support/project.js';
import { calibrate } from '../load/calibration.js';
import type { Machine } from './results.js';

/** What the figures depend on, besides the gateways. */
export async function describeMachine(): Promise<Machine> {
  const loadBefore = Math.round((loadavg()[0] ?? 0) * 100) / 100;
  return { ...(await calibrate()), memoryBytes: totalmem(), loadBefore, commit: commit() };
}

function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: projectFile('.'), encoding: 'utf8' }).trim();
  try {
    const changed = git('status', '--porcelain', '--', 'lib', 'plugins', 'kong', 'schema');
    return git('rev-parse', '--short', 'HEAD') + (changed === '' ? '' : ' with changes');
  } catch {
    return 'unknown';
  }
}

import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestProcess } from '../support/process.js';
import type { Revision } from './runs.js';

/** Pinned: the suite is an alpha, and its scenarios are our requirements. */
export const suite = '@modelcontextprotocol/conformance@0.2.0-alpha.12';
/** The suite needs Node 22; npm has it as a package. */
const node = 'node@22';

/** Checks of one scenario. */
export interface Count {
  readonly passed: number;
  /** A warning counts as a failure. */
  readonly failed: number;
  /** Why checks failed. */
  readonly why: readonly string[];
}

/** As the suite counts, which names its checks. */
export interface SuiteCount extends Count {
  /** Names of the checks that failed, each once. */
  readonly names: readonly string[];
}

export interface SuiteRun {
  /** By scenario, in the suite's order. */
  readonly counts: ReadonlyMap<string, SuiteCount>;
  /** Scenarios that the revision does not require, with the suite's reason. */
  readonly unscored: ReadonlyMap<string, string>;
}

interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'INFO' | 'SKIPPED';
  readonly errorMessage?: string;
}

/** Runs the official suite's server scenarios of one revision; the checks are the suite's own. */
export async function runSuite(url: string, requirements: Revision): Promise<SuiteRun> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-suite-'));
  try {
    const child = new TestProcess(
      'npm',
      [
        ...['exec', '--yes', `--package=${node}`, `--package=${suite}`, '--'],
        ...['conformance', 'server', '--url', url, '--requirements', requirements],
        ...['--output-dir', folder],
      ],
      { cwd: fileURLToPath(new URL('.', import.meta.url)) },
    );
    await child.exited;
    return readRun(child, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readRun({ stdout, stderr }: TestProcess, folder: string): SuiteRun {
  const names = [...stdout.matchAll(/^[✓✗] (\S+): \d+ passed, \d+ failed$/gm)];
  if (names.length === 0) throw new Error(`the suite did not run: ${stderr.slice(-2000)}`);
  const folders = readdirSync(folder);
  const counts = names.map(([, name]) => {
    // A scenario's folder has the time behind its name.
    const own = folders.find((one) => one.replace(/-\d{4}-\d\d-\d\dT.*/, '') === `server-${name}`);
    return [String(name), countOf(join(folder, String(own), 'checks.json'))] as const;
  });
  const unscored = [...stdout.matchAll(/^ {2}[✓✗] (\S+) \((\S+)\)$/gm)];
  return {
    counts: new Map(counts),
    unscored: new Map(unscored.map(([, name, why]) => [String(name), String(why)])),
  };
}

function countOf(file: string): SuiteCount {
  const checks = JSON.parse(readFileSync(file, 'utf8')) as readonly Check[];
  const bad = checks.filter(({ status }) => status === 'FAILURE' || status === 'WARNING');
  return {
    passed: checks.filter(({ status }) => status === 'SUCCESS').length,
    failed: bad.length,
    why: bad.map(({ id, errorMessage }) => `${id}: ${errorMessage}`),
    names: [...new Set(bad.map(({ id }) => id))],
  };
}

/** Whether a scenario passes: something was checked, and nothing failed. */
export function passes(count: Count | undefined): boolean {
  return count !== undefined && count.passed > 0 && count.failed === 0;
}

/** Runs one of the suite's client scenarios with the client that `command` starts. */
export async function runClientScenario(scenario: string, command: string): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-suite-'));
  try {
    const child = new TestProcess(
      'npm',
      [
        ...['exec', '--yes', `--package=${node}`, `--package=${suite}`, '--'],
        ...['conformance', 'client', '--command', command, '--scenario', scenario],
        ...['--output-dir', folder],
      ],
      { cwd: fileURLToPath(new URL('.', import.meta.url)) },
    );
    await child.exited;
    const own = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const file = own.find((name) => name.endsWith('checks.json'));
    if (file === undefined) throw new Error(`no checks: ${child.stderr}${child.stdout}`);
    return countOf(join(folder, file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

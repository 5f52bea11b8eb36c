import { fileURLToPath } from 'node:url';
import { TestProcess } from '../support/process.js';

/** Pinned: the suite is an alpha, and its scenarios are our requirements. */
export const suite = '@modelcontextprotocol/conformance@0.2.0-alpha.12';
/** The suite needs Node 22; npm has it as a package. */
const node = 'node@22';

/** Checks of one scenario. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
}

export interface SuiteRun {
  /** By scenario, in the suite's order. */
  readonly counts: ReadonlyMap<string, Count>;
  /** Scenarios that the revision does not require, with the suite's reason. */
  readonly unscored: ReadonlyMap<string, string>;
}

/** Runs the official suite's server scenarios of one revision; the counts are the suite's own. */
export async function runSuite(url: string, requirements: string): Promise<SuiteRun> {
  const child = new TestProcess(
    'npm',
    [
      ...['exec', '--yes', `--package=${node}`, `--package=${suite}`, '--'],
      ...['conformance', 'server', '--url', url, '--requirements', requirements],
    ],
    { cwd: fileURLToPath(new URL('.', import.meta.url)) },
  );
  await child.exited;
  const { stdout, stderr } = child;
  const counts = new Map<string, Count>();
  for (const [, name, passed, failed] of stdout.matchAll(
    /^[✓✗] (\S+): (\d+) passed, (\d+) failed$/gm,
  )) {
    counts.set(String(name), { passed: Number(passed), failed: Number(failed) });
  }
  if (counts.size === 0) throw new Error(`the suite did not run: ${stderr.slice(-2000)}`);
  const unscored = [...stdout.matchAll(/^ {2}[✓✗] (\S+) \((\S+)\)$/gm)];
  return {
    counts,
    unscored: new Map(unscored.map(([, name, why]) => [String(name), String(why)])),
  };
}

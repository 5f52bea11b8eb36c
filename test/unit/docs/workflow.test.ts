import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { projectFile } from '../../support/project.js';

interface Job {
  readonly needs?: readonly string[];
  readonly 'timeout-minutes'?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
}

const read = (path: string): string => readFileSync(projectFile(path), 'utf8');
const { jobs } = parse(read('.github/workflows/ci.yml')) as {
  readonly jobs: Readonly<Record<string, Job>>;
};
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const runs = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
const launch = read('test/keycloak/support/launch.ts');

describe('the workflow', () => {
  it('requires every job, and of each that it succeeds', () => {
    const { required, ...others } = jobs;
    expect(required?.needs).toEqual(Object.keys(others));
    const successes = Object.keys(others).map(() => 'success');
    expect(required?.steps[0]?.run).toContain(`= '${successes.join(' ')}'`);
  });

  it.each(Object.keys(jobs))('ends the job %s when it hangs', (name) => {
    expect(jobs[name]?.['timeout-minutes']).toBeLessThanOrEqual(30);
  });

  it('runs scripts that there are', () => {
    const named = runs.flatMap((run) =>
      [...run.matchAll(/npm run (\S+)/g)].map(([, name]) => name),
    );
    expect(named).toEqual(
      expect.arrayContaining(['test:e2e', 'test:conformance', 'test:keycloak', 'test:deploy']),
    );
    for (const name of named) expect(scripts).toHaveProperty([String(name)]);
  });

  it('runs the Keycloak that the tests start by default', () => {
    expect(launch).toContain(`'${jobs['keycloak']?.env?.['KEYCLOAK_IMAGE']}'`);
  });

  it('compares the conformance page, and never writes it', () => {
    expect(read('.github/workflows/ci.yml')).not.toMatch(/conformance:update|CONFORMANCE_PAGE/);
  });
});

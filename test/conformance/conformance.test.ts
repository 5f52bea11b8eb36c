import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectFile } from '../support/project.js';
import { impossibleIn } from './impossible.js';
import { conformancePage } from './page.js';
import type { Results, RunResults } from './page.js';
import { runPrefixed, scenariosOf } from './prefixed/subjects.js';
import { startRig } from './rig.js';
import type { Rig } from './rig.js';
import { eraOf, isAcross, nameOf, runs } from './runs.js';
import { passes, runSuite } from './suite.js';

const page = projectFile('docs/conformance.md');
const renew = 'docs/conformance.md is not what this run gives: npm run conformance:update';

let rig: Rig;
const results: Results = { runs: new Map(), direct: new Map() };

beforeAll(async () => {
  rig = await startRig();
}, 120_000);
afterAll(() => rig?.close());

describe.each(runs.map((run) => ({ run, name: nameOf(run) })))('$name', ({ run, name }) => {
  const scenarios = scenariosOf(run.revision);
  const cannot = impossibleIn(run);
  const can = scenarios.filter((scenario) => !(scenario in cannot));
  let own: RunResults;

  beforeAll(async () => {
    const { revision, server } = run;
    const through = await runSuite(rig.at(server, 'plain'), revision);
    const prefixed = await runPrefixed(rig, run);
    own = { through, prefixed };
    results.runs.set(name, own);
    if (isAcross(run)) return;
    results.direct.set(revision, await runSuite(rig.fixtures[server].url, revision));
  }, 240_000);

  it.each(can)('%s passes: the official suite, through the gateway', (scenario) => {
    expect(own.through.counts.get(scenario)?.why).toEqual([]);
    expect(passes(own.through.counts.get(scenario))).toBe(true);
  });

  it.each(Object.entries(cannot))('%s passes but for what cannot exist', (scenario, { checks }) => {
    const { names, passed, why } = own.through.counts.get(scenario) ?? {};
    expect([...(names ?? [])].sort(), why?.join('\n')).toEqual([...checks].sort());
    expect(passed).toBeGreaterThan(0);
  });

  it.each(scenarios)('%s passes: our own checks, behind a prefix', (scenario) => {
    expect(own.prefixed.get(scenario)?.why).toEqual([]);
    expect(own.prefixed.get(scenario)?.passed).toBeGreaterThan(1);
  });

  it('requires these scenarios and no others', () => {
    const { counts, unscored } = own.through;
    const required = [...counts.keys()].filter((scenario) => !unscored.has(scenario));
    expect([...required].sort()).toEqual([...scenarios].sort());
  });
});

describe.each(Object.entries(eraOf))('the fixture itself, %s', (revision) => {
  it.each(scenariosOf(revision as keyof typeof eraOf))('%s passes', (scenario) => {
    expect(results.direct.get(revision)?.counts.get(scenario)?.why).toEqual([]);
  });
});

it('docs/conformance.md shows these results', () => {
  const text = conformancePage(results);
  if (process.env['CONFORMANCE_PAGE'] === 'write') writeFileSync(page, text);
  expect(readFileSync(page, 'utf8'), renew).toBe(text);
});

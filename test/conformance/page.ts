import { impossibleIn } from './impossible.js';
import { scenariosOf } from './prefixed/subjects.js';
import { eraOf, isAcross, nameOf, runs } from './runs.js';
import type { Revision, Run } from './runs.js';
import { passes, suite } from './suite.js';
import type { Count, SuiteRun } from './suite.js';

export interface RunResults {
  /** The suite through the gateway. */
  readonly through: SuiteRun;
  /** Our own checks with the fixture behind a prefix, by scenario. */
  readonly prefixed: ReadonlyMap<string, Count>;
}

export interface Results {
  /** By the names of runs. */
  readonly runs: Map<string, RunResults>;
  /** The suite at the fixture of the same era, by revision. */
  readonly direct: Map<string, SuiteRun>;
}

type Counts = ReadonlyMap<string, Count> | undefined;

/** The page that says what has passed; the same text for the same results. */
export function conformancePage(results: Results): string {
  return `# Conformance

Written by a test run: \`npm run conformance:update\` writes this page, and \`npm run test:conformance\`, in CI as well, fails where a run gives another.

Required scenarios that pass, of those that can:

| requirements | server | the official suite through the gateway | the official suite at the fixture itself | our own checks through the gateway, the fixture behind a prefix |
| --- | --- | --- | --- | --- |
${runs.map((run) => totals(results, run)).join('\n')}

- **Suite**: \`${suite}\`, server scenarios of \`--requirements 2025-11-25\` and \`--requirements 2026-07-28\`. No failure is expected or tolerated, and a warning counts as one. The checks are the suite's own, but for those behind a prefix.
- **Server**: the suite's fixture (\`test/conformance/fixture\`, on the official SDK), started for one protocol era alone: with sessions (2025-11-25 and before) or without (2026-07-28). Two of the four runs are across the bridge, where client and server share no era.
- **Through the gateway**: one endpoint of mcp-aggregate that merges four servers. The suite's names are fixed, so its fixture has no prefix here; beside it stand the reference servers \`everything\`, \`filesystem\` and \`memory\` behind theirs, the first by \`url\`, the others by \`stdio\`.
- **Behind a prefix**: the same fixture as any server is configured, its tools and prompts named \`suite__…\` and its resources \`mcp+suite+…\`. What each scenario is about is driven by a client and compared with what the same client gets at the fixture of its own era, and with its known contents (\`test/conformance/prefixed\`). Across the bridge this says that a client sees the very same as without one.

The page is the same with the stand-in and with a real Kong.
${revisions.map((revision) => section(results, revision)).join('')}`;
}

const revisions = Object.keys(eraOf) as Revision[];
const same = (revision: Revision): Run =>
  runs.find((run) => run.revision === revision && !isAcross(run))!;
const across = (revision: Revision): Run =>
  runs.find((run) => run.revision === revision && isAcross(run))!;

function totals(results: Results, run: Run): string {
  const required = scenariosOf(run.revision);
  const cannot = impossibleIn(run);
  const can = required.filter((name) => !(name in cannot));
  const partly = required.length - can.length;
  const total = (counts: Counts, of: readonly string[]): string =>
    `${of.filter((name) => passes(counts?.get(name))).length} of ${of.length}`;
  const own = results.runs.get(nameOf(run));
  const direct = results.direct.get(run.revision)?.counts;
  const cells = [
    run.revision,
    run.server === 'legacy' ? 'with sessions' : 'without sessions',
    total(own?.through.counts, can) +
      (partly > 0 ? `, and ${partly} but for what cannot exist` : ''),
    isAcross(run) ? '' : total(direct, required),
    total(own?.prefixed, required),
  ];
  return `| ${cells.join(' | ')} |`;
}

function section(results: Results, revision: Revision): string {
  const [own, bridged] = [same(revision), across(revision)].map((run) =>
    results.runs.get(nameOf(run)),
  );
  const direct = results.direct.get(revision);
  const cannot = Object.entries(impossibleIn(across(revision)));
  const unscored = [...(own?.through.unscored ?? [])];
  const suites = [own?.through.counts, direct?.counts, bridged?.through.counts];
  const reasons = cannot
    .map(
      ([name, { checks, why }]) =>
        `- \`${name}\`, ${checks.map((check) => `\`${check}\``).join(' and ')}: ${why}`,
    )
    .join('\n');
  return `
## Requirements of ${revision}

Passed / failed checks.

| scenario | through the gateway | at the fixture | across the bridge | behind a prefix | behind a prefix, across |
| --- | --- | --- | --- | --- | --- |
${scenariosOf(revision)
  .map((name) => row([name], name, [...suites, own?.prefixed, bridged?.prefixed]))
  .join('\n')}
${reasons === '' ? '' : `\nAcross the bridge these checks cannot pass, and all others must:\n\n${reasons}\n`}
Run as well, and not scored:

| scenario | why it is not scored | through the gateway | at the fixture | across the bridge |
| --- | --- | --- | --- | --- |
${unscored.map(([name, why]) => row([name, why], name, suites)).join('\n')}
`;
}

function row(first: readonly string[], scenario: string, columns: readonly Counts[]): string {
  const cells = columns.map((counts) => {
    const { passed, failed } = counts?.get(scenario) ?? { passed: 0, failed: 0 };
    return `${passed} / ${failed}`;
  });
  return `| ${[...first, ...cells].join(' | ')} |`;
}

import { suite } from './suite.js';
import type { Count, SuiteRun } from './suite.js';

export interface Results {
  readonly revision: string;
  readonly through: SuiteRun;
  readonly direct: SuiteRun;
  /** With the fixture behind a prefix, by scenario. */
  readonly prefixed: ReadonlyMap<string, Count>;
}

/** The page that says what has passed; the same text for the same results. */
export function conformancePage({ revision, through, direct, prefixed }: Results): string {
  const required = [...through.counts.keys()].filter((name) => !through.unscored.has(name));
  const total = (counts: ReadonlyMap<string, Count>): string =>
    `${required.filter((name) => passes(counts.get(name))).length} of ${required.length}`;
  return `# Conformance

Written by a test run: \`npm run conformance:update\` writes this page, and \`npm run test:conformance\`, in CI as well, fails where a run gives another.

| what | required scenarios that pass |
| --- | --- |
| the official suite through the gateway | ${total(through.counts)} |
| the official suite at the fixture itself | ${total(direct.counts)} |
| our own checks through the gateway, the fixture behind a prefix | ${total(prefixed)} |

- **Suite**: \`${suite}\`, server scenarios of \`--requirements ${revision}\`. No failure is expected or tolerated. All counts but the last column are the suite's own, of its checks.
- **Through the gateway**: one endpoint of mcp-aggregate that merges four servers. The suite's names are fixed, so its fixture (\`test/conformance\`, on the official SDK) has no prefix here; beside it stand the reference servers \`everything\`, \`filesystem\` and \`memory\` behind theirs, the first by \`url\`, the others by \`stdio\`.
- **Behind a prefix**: the same fixture as any server is configured, its tools and prompts named \`suite__…\` and its resources \`mcp+suite+…\`. What each scenario is about is driven by a client of the official SDK and compared with what the same client gets at the fixture, and with its known contents (\`test/conformance/prefixed\`).

The page is the same with the stand-in and with a real Kong.

## Required

Passed / failed checks. The suite has a check less where the gateway answers with JSON what the fixture answers with a stream, and where it has taken up again by itself a stream that the fixture cut.

| scenario | through the gateway | at the fixture | behind a prefix |
| --- | --- | --- | --- |
${required.map((name) => row(name, through.counts, direct.counts, prefixed)).join('\n')}

## Not required

The suite runs these as well and does not score them for this revision.

| scenario | why it is not scored | through the gateway | at the fixture |
| --- | --- | --- | --- |
${[...through.unscored].map(([name, why]) => row(`${name} | ${why}`, through.counts, direct.counts)).join('\n')}
`;
}

export function passes(count: Count | undefined): boolean {
  return count !== undefined && count.passed > 0 && count.failed === 0;
}

function row(name: string, ...runs: readonly ReadonlyMap<string, Count>[]): string {
  const scenario = name.split(' | ')[0]!;
  const cells = runs.map((counts) => {
    const { passed, failed } = counts.get(scenario) ?? { passed: 0, failed: 0 };
    return `${passed} / ${failed}`;
  });
  return `| ${[name, ...cells].join(' | ')} |`;
}

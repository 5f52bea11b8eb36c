import { readFileSync, readdirSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { gatewayKinds } from '../../../bench/compare/gateways.js';
import { renderPage } from '../../../bench/compare/page/render.js';
import { readResults } from '../../../bench/compare/results.js';
import { projectFile } from '../../support/project.js';

describe('docs/benchmark.md', () => {
  it('is what the results make of it: npm run bench:page', () => {
    expect(readFileSync(projectFile('docs/benchmark.md'), 'utf8')).toBe(renderPage(readResults()));
  });
});

describe('gateways that are compared', () => {
  it('each have a script that can be run', () => {
    for (const { name, script = name } of gatewayKinds) {
      const file = projectFile(`bench/compare/gateways/${script}/gateway.sh`);
      expect(statSync(file).mode & 0o111, file).toBe(0o111);
    }
    const folders = readdirSync(projectFile('bench/compare/gateways'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    expect(new Set(gatewayKinds.map(({ name, script = name }) => script))).toEqual(
      new Set(folders),
    );
  });

  it('are in the README with their variables', () => {
    const readme = readFileSync(projectFile('bench/compare/README.md'), 'utf8');
    for (const { name, script = name } of gatewayKinds) {
      expect(readme).toContain(`\`${name}\``);
      const source = readFileSync(
        projectFile(`bench/compare/gateways/${script}/gateway.sh`),
        'utf8',
      );
      for (const [, variable] of source.matchAll(/^\s*need (\w+)/gm)) {
        expect(readme).toContain(`\`${variable}\``);
      }
    }
  });
});

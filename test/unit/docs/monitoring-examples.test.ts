import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { projectFile } from '../../support/project.js';

const read = (path: string): string => readFileSync(projectFile(path), 'utf8');

it('examples/prometheus.yml asks where the image listens, and loads rules that are there', () => {
  const prometheus = parse(read('examples/prometheus.yml')) as {
    readonly rule_files: readonly string[];
    readonly scrape_configs: readonly {
      readonly static_configs: readonly { readonly targets: readonly string[] }[];
    }[];
  };
  const targets = prometheus.scrape_configs.flatMap(({ static_configs: configs }) =>
    configs.flatMap((config) => config.targets),
  );
  const [, address] = /^ENV KONG_MCP_OPERATIONS=(\S+)$/m.exec(read('kong/Dockerfile')) ?? [];
  expect(targets).toEqual([address]);
  expect(prometheus.rule_files.length).toBeGreaterThan(0);
  for (const file of prometheus.rule_files) {
    expect(existsSync(projectFile(`examples/${file}`)), file).toBe(true);
  }
});

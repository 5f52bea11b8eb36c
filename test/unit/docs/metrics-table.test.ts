import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { metrics } from '../../../lib/metrics/registry.js';
import '../../../kong/pluginserver/operations/process-figures.js';
import '../../../kong/pluginserver/operations/refusal-figures.js';
import '../../../kong/pluginserver/operations/watchdog.js';
import '../../../kong/pluginserver/workers/worker-figures.js';
import '../../../plugins/mcp-aggregate/io/operations/figures.js';
import '../../../plugins/mcp-oauth/io/figures.js';

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/monitoring.md'), 'utf8');

describe('the table of metrics', () => {
  it('is what the registry holds', () => {
    const table = page.split('\n').filter((line) => /^\| `(kong_mcp|process|nodejs)_/.test(line));
    const labels = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
    const rows = metrics.families.map(
      (family) =>
        `| \`${family.name}\` | ${family.type} | ${labels(family.labels)} | ${family.help} |`,
    );
    expect([...table].sort()).toEqual(rows.sort());
  });
});

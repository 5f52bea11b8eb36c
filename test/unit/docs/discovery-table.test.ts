import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tokensTable } from '../../../bench/discovery/table.js';
import { projectFile } from '../../support/project.js';

describe('docs/discovery.md', () => {
  it('has the figures of npm run bench:discovery', () => {
    expect(readFileSync(projectFile('docs/discovery.md'), 'utf8')).toContain(tokensTable());
  });
});

import { writeFileSync } from 'node:fs';
import { projectFile } from '../../../test/support/project.js';
import { readResults } from '../results.js';
import { renderPage } from './render.js';

/** `docs/benchmark.md`, from the committed results. */
export function writePage(): void {
  writeFileSync(projectFile('docs/benchmark.md'), renderPage(readResults()));
}

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { render } from './render.js';

/** `npm run generate`: writes the generated files below the current directory. */
for (const [path, text] of Object.entries(render())) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

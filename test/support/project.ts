import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function projectRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : projectRoot(dirname(folder));
}

const root = projectRoot(dirname(fileURLToPath(import.meta.url)));

/** A file of this project by its path from the root, whether this module runs compiled or not. */
export function projectFile(path: string): string {
  return join(root, path);
}

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// `npm start`: builds only what has changed since the last build, and for a question about options
// nothing at all. Not compiled itself, so it is there before the first build.

const root = fileURLToPath(new URL('../../', import.meta.url));
const main = join(root, 'dist/kong/demo/main.js');
/** The last thing that a build writes. */
const stamp = join(root, 'describe/mcp-aggregate.json');

const changedAt = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function newest(folder) {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  const sources = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
  return Math.max(...sources.map((entry) => changedAt(join(entry.parentPath, entry.name))));
}

function isBuilt() {
  const built = changedAt(stamp);
  const sources = ['lib', 'schema', 'plugins', 'kong'].map(newest);
  const settings = ['package-lock.json', 'tsconfig.json'].map((name) =>
    changedAt(join(root, name)),
  );
  return existsSync(main) && Math.max(...sources, ...settings) <= built;
}

const asks = process.argv.slice(2).some((one) => ['-h', '--help', '--version'].includes(one));
if (!existsSync(main) || (!asks && !isBuilt())) {
  process.stderr.write('Building …\n');
  const run = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  if (run.status !== 0) process.exit(run.status ?? 1);
}
await import(main);

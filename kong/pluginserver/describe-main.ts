import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describePlugin } from './describe.js';
import { loadKongPdk } from './pdk/kong-pdk.js';
import { loadPlugins } from './instances/load-plugins.js';

/** Writes DIR/NAME.json for every plugin; Kong's query command is then `cat` of that file. */
const [directory, pluginsDirectory] = process.argv.slice(2);
if (directory === undefined) {
  process.stderr.write('usage: describe-main.js DIR [PLUGINS_DIRECTORY]\n');
  process.exit(2);
}
const source = pluginsDirectory ?? fileURLToPath(new URL('../../plugins', import.meta.url));
const plugins = await loadPlugins(loadKongPdk(), source);
await mkdir(directory, { recursive: true });
for (const [name, plugin] of plugins) {
  const text = JSON.stringify(describePlugin(plugin));
  await writeFile(join(directory, `${name}.json`), `${text}\n`);
}

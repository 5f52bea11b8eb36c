import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';

// The page is shown as it is written: building it is copying it.
const from = new URL('./', import.meta.url);
const to = new URL('../../../dist/kong/pluginserver/console/', import.meta.url);
mkdirSync(to, { recursive: true });
for (const name of readdirSync(from)) {
  if (name !== 'copy-to-dist.mjs') copyFileSync(new URL(name, from), new URL(name, to));
}

import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// The pages are shown as they are written: building them is copying them.
const from = fileURLToPath(new URL('./', import.meta.url));
const to = fileURLToPath(new URL('../../../dist/kong/pluginserver/console/', import.meta.url));
cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith('copy-to-dist.mjs') });

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { pluginsDirectory } from '../support/kong-socket/plugins-directory.js';
import { socketFolder } from '../support/kong-socket/server-process.js';

const main = fileURLToPath(
  new URL('../../dist/kong/pluginserver/describe-main.js', import.meta.url),
);

test('every plugin gets a file with what Kong’s query command must print', () => {
  const plugins = pluginsDirectory(['probe', 'witness']);
  const out = socketFolder();
  const run = spawnSync(process.execPath, [main, out.path, plugins.path]);
  expect(run.stdout.toString()).toBe('');
  expect(run.stderr.toString()).toBe('');
  expect(run.status).toBe(0);
  expect(readdirSync(out.path).sort()).toEqual(['probe.json', 'witness.json']);
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(`${out.path}/${name}.json`, 'utf8'));
  expect(read('probe')).toEqual({
    Protocol: 'ProtoBuf:1',
    Plugins: [
      {
        Name: 'probe',
        Version: '1.2.3',
        Priority: 1015,
        Phases: ['access'],
        Schema: {
          name: 'probe',
          fields: [
            { config: { type: 'record', fields: [{ mode: { type: 'string', required: true } }] } },
          ],
        },
      },
    ],
  });
  expect(read('witness')).toMatchObject({
    Plugins: [
      {
        Phases: ['log', 'access'],
        Schema: { fields: [{ consumer: { eq: null } }, { config: { type: 'record' } }] },
      },
    ],
  });
  plugins.remove();
  out.remove();
});

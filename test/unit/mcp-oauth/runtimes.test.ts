import { expect, it } from 'vitest';
import { readConfig } from '../../../plugins/mcp-oauth/config/config.js';
import { Runtimes } from '../../../plugins/mcp-oauth/io/runtimes.js';
import { pluginConfig } from '../../support/oauth/plugin-config.js';

const hour = 3_600_000;

it('keeps one verifier per configuration until it has been idle for an hour', () => {
  let clock = 1_000;
  const runtimes = new Runtimes({ fetch, now: () => clock });
  const config = readConfig(pluginConfig());
  const first = runtimes.verifiersFor(config);
  clock += hour - 1;
  expect(runtimes.verifiersFor(readConfig(pluginConfig({ __seq__: 7 })))).toBe(first);
  clock += hour - 1;
  expect(runtimes.verifiersFor(config)).toBe(first);
  clock += hour + 1;
  expect(runtimes.verifiersFor(config)).not.toBe(first);
});

it('keeps the verifiers of different configurations apart', () => {
  const runtimes = new Runtimes({ fetch, now: () => 1_000 });
  const one = runtimes.verifiersFor(readConfig(pluginConfig()));
  expect(runtimes.verifiersFor(readConfig(pluginConfig({ timeout: 100 })))).not.toBe(one);
});

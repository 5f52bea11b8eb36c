import { randomBytes } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { launchKeycloak } from './launch.js';
import type { Launched } from './launch.js';
import { realmFor, realmName } from './realm.js';

declare module 'vitest' {
  export interface ProvidedContext {
    keycloak: {
      /** `http://127.0.0.1:port` */
      readonly url: string;
      readonly admin: { readonly user: string; readonly password: string };
      /** Port of every gateway of the tests, one after the other. */
      readonly gatewayPort: number;
    };
  }
}

/** One Keycloak for all files: its start is the most of the time. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [port, gatewayPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const admin = { user: 'admin', password: randomBytes(16).toString('hex') };
  const realm = realmFor(`http://127.0.0.1:${gatewayPort}/mcp`);
  const started = Date.now();
  const keycloak = launchKeycloak({ port, realm, admin });
  try {
    await ready(keycloak, `${url}/realms/${realmName}`);
    if (!keycloak.running()) throw new Error('Keycloak ended');
  } catch (error) {
    await keycloak.stop();
    const message = `${(error as Error).message}\n${keycloak.output().slice(-4000)}`;
    throw new Error(message, { cause: error });
  }
  const version = /Keycloak (\d\S*) on/.exec(keycloak.output())?.[1] ?? 'of unknown version';
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(`Keycloak ${version} by ${keycloak.how}, ready in ${seconds} s\n`);
  project.provide('keycloak', { url, admin, gatewayPort });
  return () => keycloak.stop();
}

/** Longest silence of a Keycloak that starts, and longest start. */
const [silenceMs, longestMs] = [300_000, 1_200_000];

/** As long as it says something more it is coming, however slow the machine. */
async function ready(keycloak: Launched, url: string): Promise<void> {
  const startedAt = Date.now();
  let [said, saidAt] = [0, startedAt];
  const isSilent = () => {
    const now = Date.now();
    if (keycloak.output().length !== said) [said, saidAt] = [keycloak.output().length, now];
    return now - saidAt > silenceMs;
  };
  const look = async () => !keycloak.running() || isSilent() || (await fetch(url)).ok;
  await until(look, { what: 'Keycloak does not answer', timeoutMs: longestMs, everyMs: 250 });
  if (isSilent()) throw new Error(`Keycloak has said nothing for ${silenceMs / 1000} s`);
}

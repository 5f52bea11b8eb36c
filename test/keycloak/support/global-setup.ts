import { randomBytes } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { launchKeycloak } from './launch.js';
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
    await until(() => !keycloak.running() || answers(`${url}/realms/${realmName}`), {
      what: 'Keycloak does not answer',
      timeoutMs: 180_000,
      everyMs: 250,
    });
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

async function answers(url: string): Promise<boolean> {
  return (await fetch(url)).ok;
}

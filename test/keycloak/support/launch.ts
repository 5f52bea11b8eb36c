import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { atExit } from '../../support/at-exit.js';
import { bareEnvironment } from '../../support/process.js';

/** Started with the realm file below `import`; listens on loopback. */
export interface LaunchOptions {
  readonly port: number;
  /** The realm to import, as JSON. */
  readonly realm: string;
  readonly admin: { readonly user: string; readonly password: string };
}

export interface Launched {
  readonly how: string;
  /** What it has written. */
  output(): string;
  running(): boolean;
  stop(): Promise<void>;
}

const image = process.env['KEYCLOAK_IMAGE'] ?? 'keycloak/keycloak:26.7';
const heap = '-Xms64m -Xmx512m';
const missing = `no Keycloak to test with. Either set KEYCLOAK_HOME to an unpacked distribution
(org.keycloak:keycloak-quarkus-dist, a zip on Maven Central) with Java 17 or newer on the PATH, or
start a Docker engine, which runs ${image}.`;

/**
 * Starts Keycloak in dev mode, from KEYCLOAK_HOME or by Docker.
 * @throws Error that says what to set where there is neither
 */
export function launchKeycloak(options: LaunchOptions): Launched {
  const home = process.env['KEYCLOAK_HOME'];
  if (home) return fromDistribution(resolve(home), options);
  if (spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0) return byDocker(options);
  throw new Error(missing);
}

function serverFlags(port: number): string[] {
  const address = ['--http-host=127.0.0.1', `--http-port=${port}`];
  return ['start-dev', '--import-realm', '--db=dev-mem', ...address];
}

function environment({ admin }: LaunchOptions): Record<string, string> {
  return {
    JAVA_OPTS_KC_HEAP: heap,
    KC_BOOTSTRAP_ADMIN_USERNAME: admin.user,
    KC_BOOTSTRAP_ADMIN_PASSWORD: admin.password,
  };
}

function fromDistribution(home: string, options: LaunchOptions): Launched {
  const script = join(home, 'bin/kc.sh');
  if (!existsSync(script)) throw new Error(`KEYCLOAK_HOME: ${home} has no bin/kc.sh`);
  const java = process.env['JAVA_HOME'];
  const base = { ...bareEnvironment, ...(java ? { JAVA_HOME: java } : {}) };
  const folder = mkdtempSync(join(tmpdir(), 'keycloak-'));
  const own = ownHome(folder, home, builtQuarkus(home, base));
  mkdirSync(join(own, 'data/import'), { recursive: true });
  writeFileSync(join(own, 'data/import/realm.json'), options.realm);
  const flags = ['-n', '10', join(own, 'bin/kc.sh'), ...builtFlags(options.port)];
  const env = { ...base, ...environment(options) };
  return watch('KEYCLOAK_HOME', 'nice', flags, env, () => rmSync(folder, gone));
}

const gone = { recursive: true, force: true } as const;

/** What the build has settled (database, caches) is not said again: that would build anew. */
function builtFlags(port: number): string[] {
  const address = ['--http-enabled=true', '--http-host=127.0.0.1', `--http-port=${port}`];
  return ['start', '--optimized', '--import-realm', '--hostname-strict=false', ...address];
}

/**
 * `lib/quarkus` of the distribution as Keycloak's build leaves it. A build takes minutes on a slow
 * machine, so it is kept for later runs, by the distribution that it was made of.
 * @throws Error with what the build has said, where it fails
 */
function builtQuarkus(home: string, env: Readonly<Record<string, string>>): string {
  const made = `${realpathSync(home)} ${readFileSync(join(home, 'version.txt'), 'utf8')}`;
  const name = createHash('sha256').update(made).digest('hex').slice(0, 16);
  const kept = join(tmpdir(), `kong-plugin-mcp-keycloak-${name}`);
  if (existsSync(kept)) return kept;
  const folder = mkdtempSync(join(tmpdir(), 'keycloak-build-'));
  try {
    const own = ownHome(folder, home, join(home, 'lib/quarkus'));
    const args = ['-n', '10', join(own, 'bin/kc.sh'), 'build', '--db=dev-mem', '--cache=local'];
    const run = spawnSync('nice', args, { env, encoding: 'utf8' });
    if (run.status !== 0) {
      throw new Error(`Keycloak's build failed\n${run.stdout}${run.stderr}`.slice(-4000));
    }
    renameSync(join(own, 'lib/quarkus'), kept);
  } finally {
    rmSync(folder, gone);
  }
  return kept;
}

/** The distribution with a data folder of this run: what Keycloak writes stays out of it. */
function ownHome(folder: string, home: string, quarkus: string): string {
  mkdirSync(join(folder, 'bin'));
  copyFileSync(join(home, 'bin/kc.sh'), join(folder, 'bin/kc.sh'));
  for (const name of ['conf', 'providers', 'themes', 'version.txt']) {
    symlinkSync(join(home, name), join(folder, name));
  }
  mkdirSync(join(folder, 'lib'));
  for (const name of readdirSync(join(home, 'lib'))) {
    const [from, to] = [join(home, 'lib', name), join(folder, 'lib', name)];
    // A build writes into the first; Java finds the rest beside where the second really is.
    if (name === 'quarkus') cpSync(quarkus, to, { recursive: true });
    else if (name === 'quarkus-run.jar') cpSync(from, to);
    else symlinkSync(from, to);
  }
  return folder;
}

function byDocker(options: LaunchOptions): Launched {
  const folder = mkdtempSync(join(tmpdir(), 'keycloak-'));
  const file = join(folder, 'realm.json');
  writeFileSync(file, options.realm, { mode: 0o644 });
  const name = `keycloak-${options.port}`;
  const env = environment(options);
  const variables = Object.keys(env).flatMap((key) => ['--env', key]);
  const mount = ['--volume', `${file}:/opt/keycloak/data/import/realm.json:ro`];
  const run = ['run', '--rm', '--name', name, '--network', 'host', '--memory', '1g'];
  const flags = [...run, ...variables, ...mount, image, ...serverFlags(options.port)];
  return watch(image, 'docker', flags, { ...bareEnvironment, ...env }, () => {
    spawnSync('docker', ['rm', '--force', name], { stdio: 'ignore' });
    rmSync(folder, gone);
  });
}

function watch(
  how: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cleanUp: () => void,
): Launched {
  // A group of its own: the script's Java goes with it.
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close').catch(() => undefined);
  let output = '';
  const keep = (chunk: Buffer): unknown => (output += chunk.toString());
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.once('error', (error) => (output += error.message));
  const end = (): void => {
    kill(child);
    cleanUp();
  };
  atExit(end);
  return {
    how,
    output: () => output,
    running: () => child.exitCode === null && child.signalCode === null && child.pid !== undefined,
    stop: async () => {
      kill(child);
      await ended;
      cleanUp();
    },
  };
}

function kill({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { ConfigError } from '../../lib/errors/errors.js';
import { log } from '../../lib/log.js';
import { isMembers } from './core/members.js';
import type { Members } from './core/resources.js';
import { loadCredentials } from './kube/load-credentials.js';
import { readOptions } from './options.js';
import type { CommandOptions } from './options.js';
import { Controller } from './run/controller.js';
import { servePages } from './run/pages.js';

const leaseName = 'kong-mcp-controller';
const namespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/**
 * `kong-mcp controller`: runs until SIGTERM or SIGINT.
 * @throws ConfigError for wrong options, a cluster that is not configured, or a port that is taken
 */
export async function controllerCommand(args: string[]): Promise<void> {
  const options = readOptions(args);
  const credentials = await loadCredentials(options.kubeconfig, options.context);
  const base = options.base === undefined ? undefined : await readBase(options.base);
  const controller = new Controller({
    credentials,
    settings: {
      mode: options.admin === undefined ? 'resources' : 'address',
      clusterDomain: options.clusterDomain,
      ...(base === undefined ? {} : { base }),
    },
    namespaces: options.namespaces,
    ...(options.admin === undefined
      ? {}
      : { kong: { url: options.admin, headers: await adminHeaders(options.adminTokenFile) } }),
    operations: options.operations,
    pollMs: options.pollMs,
    ...(options.elect ? { lease: await leaseOf(options) } : {}),
  });
  const close = await serve(controller, options);
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    log('info', 'controller_stopping');
    void controller.stop().then(close);
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
  await controller.run();
}

async function leaseOf({ leaseNamespace, leaseMs, identity, namespaces }: CommandOptions) {
  const own = await readFile(namespaceFile, 'utf8').catch(() => undefined);
  const namespace = leaseNamespace ?? own?.trim() ?? namespaces[0] ?? 'default';
  return { namespace, name: leaseName, identity, durationMs: leaseMs };
}

async function adminHeaders(file: string | undefined): Promise<Record<string, string>> {
  if (file === undefined) return {};
  const token = await readText('--kong-admin-token-file', file);
  return { 'Kong-Admin-Token': token.trim() };
}

async function readText(option: string, file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(option, `${file} cannot be read (${error.code ?? 'unknown'})`);
  });
}

async function readBase(file: string): Promise<Members> {
  const document: unknown = parse(await readText('--base', file));
  if (!isMembers(document)) throw new ConfigError('--base', 'is no declarative configuration');
  return document;
}

/** Health and figures, each at its port. */
async function serve(controller: Controller, { health, metrics }: CommandOptions) {
  const pages = {
    '/health': () => ({ status: 200, body: 'ok\n' }),
    '/ready': () =>
      controller.ready
        ? { status: 200, body: `ready${controller.leading ? ', leading' : ''}\n` }
        : { status: 503, body: 'the cluster is not known yet\n' },
  };
  const taken = (option: string) => (error: NodeJS.ErrnoException) => {
    throw new ConfigError(option, `cannot be listened at (${error.code ?? 'unknown'})`);
  };
  const servers = [
    health &&
      (await servePages(health, (path) => pages[path as keyof typeof pages]?.()).catch(
        taken('--health'),
      )),
    metrics &&
      (await servePages(metrics, (path) =>
        path === '/metrics'
          ? { status: 200, body: controller.figures.registry.render() }
          : undefined,
      ).catch(taken('--metrics'))),
  ];
  return (): void => {
    for (const server of servers) {
      server?.close();
      server?.closeAllConnections();
    }
  };
}

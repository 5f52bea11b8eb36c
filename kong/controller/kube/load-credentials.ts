import { ConfigError } from '../../../lib/errors/errors.js';
import type { Credentials } from './client.js';

/**
 * Who this is at which API server: that of a kubeconfig, or of the pod. The library is loaded here
 * alone, so that nothing else pays for it.
 * @throws ConfigError where it is not installed, or nothing is configured
 */
export async function loadCredentials(
  file: string | undefined,
  context: string | undefined,
): Promise<Credentials> {
  const { KubeConfig } = await import('@kubernetes/client-node').catch(() => {
    throw new ConfigError('controller', 'needs the package @kubernetes/client-node: install it');
  });
  const config = new KubeConfig();
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
    if (context !== undefined) config.setCurrentContext(context);
  } catch (error) {
    throw new ConfigError('--kubeconfig', `cannot be used: ${(error as Error).message}`);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new ConfigError('--kubeconfig', 'names no cluster');
  if (cluster.skipTLSVerify) {
    throw new ConfigError('--kubeconfig', 'leaves the API server unverified: give its authority');
  }
  return config;
}

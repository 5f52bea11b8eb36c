import { TestProcess } from '../../support/process.js';
import { projectFile } from '../../support/project.js';
import type { ControlPlane } from './control-plane.js';

/** `kong-mcp controller` with the rights that `deploy/controller` gives it. */
export function startController(plane: ControlPlane, ...options: readonly string[]): TestProcess {
  return new TestProcess(process.execPath, [
    projectFile('dist/kong/cli/main.js'),
    'controller',
    ...['--kubeconfig', plane.kubeconfig('controller'), '--lease-namespace', 'kong-mcp'],
    ...['--health', 'off', '--metrics', 'off', '--lease-seconds', '3', '--poll-seconds', '1'],
    ...options,
  ]);
}

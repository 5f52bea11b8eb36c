import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { projectFile } from '../../support/project.js';
import { until } from '../../support/readiness.js';
import { ControlPlane } from './control-plane.js';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const plurals: Readonly<Record<string, string>> = {
  MCPServer: 'mcpservers',
  MCPGateway: 'mcpgateways',
  Secret: 'secrets',
  Service: 'services',
  Namespace: 'namespaces',
  Ingress: 'ingresses',
  HTTPRoute: 'httproutes',
  ReferenceGrant: 'referencegrants',
  KongPlugin: 'kongplugins',
  CustomResourceDefinition: 'customresourcedefinitions',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  Lease: 'leases',
  Event: 'events',
};

/** `kubectl`, as far as tests need it, as the admin. */
export class Kubectl {
  readonly plane: ControlPlane;

  constructor(plane: ControlPlane) {
    this.plane = plane;
  }

  path(kind: string, apiVersion: string, namespace?: string, name?: string): string {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const home = namespace === undefined ? '' : `/namespaces/${namespace}`;
    return `${root}${home}/${plurals[kind]}${name === undefined ? '' : `/${name}`}`;
  }

  /** Server-side apply. @throws Error with what the API server says */
  async apply(...manifests: readonly object[]): Promise<void> {
    for (const manifest of manifests as readonly Manifest[]) {
      const { kind, apiVersion, metadata } = manifest;
      const path = `${this.path(kind, apiVersion, metadata.namespace, metadata.name)}?fieldManager=kubectl&force=true`;
      const { status, body } = await this.plane.ask(
        'PATCH',
        path,
        manifest,
        'application/apply-patch+yaml',
      );
      if (status >= 300) throw new Error(`${kind} ${metadata.name}: ${status} ${body.message}`);
    }
  }

  async get(kind: string, apiVersion: string, namespace: string, name: string) {
    const { status, body } = await this.plane.ask(
      'GET',
      this.path(kind, apiVersion, namespace, name),
    );
    return status === 200 ? body : undefined;
  }

  async list(kind: string, apiVersion: string, namespace?: string) {
    const { body } = await this.plane.ask('GET', this.path(kind, apiVersion, namespace));
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the API server says
    return (body.items ?? []) as any[];
  }

  async delete(kind: string, apiVersion: string, namespace: string, name: string): Promise<void> {
    await this.plane.ask('DELETE', this.path(kind, apiVersion, namespace, name));
  }

  /** Definitions have to be known before objects of them are. */
  async define(files: readonly string[]): Promise<void> {
    const definitions = files.flatMap((file) =>
      parseAllDocuments(readFileSync(file, 'utf8')).map(
        (one) => one.toJS() as Manifest & { spec: never },
      ),
    );
    const own = definitions.filter((one) => one?.kind === 'CustomResourceDefinition');
    await this.apply(...own);
    for (const { metadata } of own) {
      const path = this.path(
        'CustomResourceDefinition',
        'apiextensions.k8s.io/v1',
        undefined,
        metadata.name,
      );
      await until(
        async () => {
          const { body } = await this.plane.ask('GET', path);
          const conditions = (body.status?.conditions ?? []) as { type: string; status: string }[];
          return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
        },
        { what: `${metadata.name} is not established` },
      );
    }
  }

  async namespace(...names: readonly string[]): Promise<void> {
    await this.apply(
      ...names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    );
  }
}

/** The newest copy of a Go module that has this path, in its cache or a folder named by KUBERNETES_CRDS. */
function moduleFolder(owner: string, name: RegExp, below: string): string | undefined {
  const cache = process.env['GOMODCACHE'] ?? join(homedir(), 'go/pkg/mod');
  const folders = [process.env['KUBERNETES_CRDS'] ?? '', join(cache, owner)].filter(existsSync);
  const found = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((one) => name.test(one) && existsSync(join(folder, one, below)))
      .sort()
      .map((one) => join(folder, one, below)),
  );
  return found.at(-1);
}

const yamlIn = (folder: string, wanted: RegExp): string[] =>
  readdirSync(folder)
    .filter((name) => wanted.test(name))
    .map((name) => join(folder, name));

/** Definitions of the Gateway API; none where its module is not there. */
export function gatewayApi(): string[] {
  const folder = moduleFolder('sigs.k8s.io', /^gateway-api@/, 'config/crd/standard');
  return folder === undefined ? [] : yamlIn(folder, /_(httproutes|referencegrants)\.yaml$/);
}

/** Kong's definitions; none where its module is not there. */
export function kongApi(): string[] {
  const folder = moduleFolder(
    'github.com/kong',
    /^kubernetes-configuration@/,
    'config/crd/ingress-controller',
  );
  return folder === undefined ? [] : yamlIn(folder, /_kong(cluster)?plugins\.yaml$/);
}

export const ownDefinitions = ['mcpservers', 'mcpgateways'].map((name) =>
  projectFile(`deploy/crds/${name}.yaml`),
);

/** The same rights in one namespace, as the comment in the file says. */
function inNamespace(manifest: Manifest, namespace: string): Manifest {
  const { kind, metadata } = manifest;
  if (!kind.startsWith('Cluster')) return manifest;
  const { roleRef, ...rest } = manifest as Manifest & { roleRef?: object };
  return {
    ...rest,
    kind: kind.replace('Cluster', ''),
    metadata: { ...metadata, namespace },
    ...(roleRef ? { roleRef: { ...roleRef, kind: 'Role' } } : {}),
  };
}

/**
 * A control plane with our resources, those of the Gateway API and Kong's, and the controller's rights,
 * in all namespaces or in `rightsIn`.
 */
export async function startCluster(options: { rightsIn?: string } = {}): Promise<Kubectl> {
  const kubectl = new Kubectl(await ControlPlane.start());
  await kubectl.define([...ownDefinitions, ...gatewayApi(), ...kongApi()]);
  const rights = readFileSync(projectFile('deploy/controller/rbac.yaml'), 'utf8');
  const user = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'kong-mcp-controller' };
  await kubectl.namespace('kong-mcp', 'tools');
  for (const document of parseAllDocuments(rights)) {
    const given = document.toJS() as Manifest;
    const { rightsIn } = options;
    const manifest: Manifest & { subjects?: unknown } =
      rightsIn === undefined ? given : inNamespace(given, rightsIn);
    if (manifest.kind === 'ServiceAccount') continue;
    await kubectl.apply(
      manifest.subjects === undefined ? manifest : { ...manifest, subjects: [user] },
    );
  }
  return kubectl;
}

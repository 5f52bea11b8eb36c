import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { projectFile } from '../project.js';

/** A resource of Kubernetes, as far as the tests look at it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever a file says
export type Resource = Record<string, any>;

/** The documents of a YAML text. */
export function documentsIn(text: string): Resource[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [broken] = document.errors;
    if (broken !== undefined) throw broken;
    return (document.toJS() as Resource | null) ?? [];
  });
}

/** The documents of a file of `deploy/`. */
export const deployed = (file: string): Resource[] =>
  documentsIn(readFileSync(projectFile(join('deploy', file)), 'utf8'));

/** Folders whose every file is to be applied as it is, but for values of another chart. */
export const folders = ['cluster', 'endpoint', 'manifests'] as const;
const values: readonly string[] = ['cluster/adapter-rules.yaml'];

/** The resources of these folders, with the files they are from. */
export function resources(): (readonly [file: string, resource: Resource])[] {
  return folders
    .flatMap((folder) =>
      readdirSync(projectFile(`deploy/${folder}`)).map((name) => `${folder}/${name}`),
    )
    .filter((file) => !values.includes(file))
    .flatMap((file) => deployed(file).map((resource) => [file, resource] as const));
}

/** What Kong and the plugin server are told in one of the ways to run them. */
export interface Way {
  readonly name: string;
  readonly pod: Resource;
  /** Settings of Kong by their names in kong.conf. */
  readonly kong: Readonly<Record<string, string>>;
  readonly kongMounts: readonly Resource[];
}

const ofValues = (name: string, chart: Resource): Way => {
  const { initContainers, userDefinedVolumes, userDefinedVolumeMounts } = chart['deployment'];
  const { securityContext, podLabels, env, plugins } = chart;
  return {
    name,
    pod: { labels: podLabels, securityContext, initContainers, volumes: userDefinedVolumes },
    // The chart puts `bundled` in front.
    kong: { ...env, plugins: `bundled,${plugins.preInstalled}` },
    kongMounts: userDefinedVolumeMounts,
  };
};

const ofManifest = (): Way => {
  const { metadata, spec } = deployed('manifests/deployment.yaml')[0]!['spec'].template;
  const kong = spec.containers.find(({ name }: Resource) => name === 'kong');
  const env = kong.env.map(({ name, value }: Resource) => [name.slice(5).toLowerCase(), value]);
  return {
    name: 'manifests',
    pod: { ...spec, labels: metadata.labels },
    kong: Object.fromEntries(env),
    kongMounts: kong.volumeMounts,
  };
};

/** All ways to run the gateway that `deploy/` has. */
export const ways = (): readonly Way[] => [
  ofValues('kong/kong', deployed('helm/values-kong.yaml')[0]!),
  ofValues('kong/ingress', deployed('helm/values-ingress.yaml')[0]!['gateway']),
  ofManifest(),
];

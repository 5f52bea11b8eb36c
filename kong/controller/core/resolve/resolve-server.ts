import { createHash } from 'node:crypto';
import { serverSpecFields } from '../../../../schema/kubernetes/crds.js';
import { keyOf } from '../resources.js';
import type { McpServer, Members, ServerSpec, TargetRef } from '../resources.js';
import { checkServer } from './check-config.js';
import { done, failed } from './problem.js';
import type { Outcome } from './problem.js';
import { fillValues, secretValue, withValue } from './secret-values.js';
import type { Filled } from './secret-values.js';
import { resolveTarget } from './resolve-target.js';
import type { Target } from './resolve-target.js';
import type { Index } from './snapshot-index.js';

/** One entry of `servers` that an MCPServer makes; it holds secrets. */
export interface Candidate {
  /** `uid` of the MCPServer. */
  readonly owner: string;
  /** Its namespace and name. */
  readonly key: string;
  readonly name: string;
  readonly config: Members;
  /** Whether a value of a Secret is in it. */
  readonly secret: boolean;
  /** `Kind namespace/name` of everything without which it must not be served. */
  readonly madeOf: readonly string[];
}

const derived = new Set(serverSpecFields.flatMap((field) => Object.keys(field)));
const mostName = 32;

/** The entries of `servers` that this resource makes: one, or one for each of `targetRefs`. */
export function resolveServer(server: McpServer, index: Index): Outcome<readonly Candidate[]> {
  const { spec, metadata } = server;
  const places = placesOf(spec, metadata.name);
  const candidates: Candidate[] = [];
  for (const place of places) {
    const target = targetOf(place.ref, server, index);
    if (!target.ok) return target;
    const plain = { ...kongFields(spec), ...place.own, url: target.value.url };
    const filled = withCredentials(plain, spec, metadata.namespace, index);
    if (!filled.ok) return filled;
    const { config, madeOf } = filled.value;
    const problem = checkServer(config);
    if (problem !== undefined) return failed(problem);
    candidates.push({
      owner: metadata.uid,
      key: keyOf(server),
      name: String(config['name']),
      config,
      secret: madeOf.length > 0,
      madeOf: [...target.value.madeOf, ...madeOf],
    });
  }
  return done(candidates);
}

interface Place {
  readonly ref: TargetRef | undefined;
  readonly own: Members;
}

function placesOf(spec: ServerSpec, name: string): readonly Place[] {
  if (spec.targetRefs === undefined) {
    return [{ ref: spec.targetRef, own: { name: spec.name ?? serverName(name) } }];
  }
  return spec.targetRefs.map((ref) => ({
    ref,
    own: {
      name: serverName(ref.name),
      ...(ref.toolPrefix === undefined ? {} : { prefix: ref.toolPrefix }),
    },
  }));
}

/** A name of an object as name of a server: letters, digits and dashes, 32 at most. */
export function serverName(name: string): string {
  const plain = name.replaceAll('.', '-');
  if (plain.length <= mostName && plain === name) return plain;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 6);
  return `${plain.slice(0, mostName - 7)}-${hash}`;
}

function targetOf(ref: TargetRef | undefined, server: McpServer, index: Index): Outcome<Target> {
  const { spec, metadata } = server;
  if (ref === undefined) return done({ url: spec.url ?? '', madeOf: [] });
  return resolveTarget(ref, metadata.namespace, spec.path ?? '/mcp', index);
}

/** Members that Kong's configuration knows, as they are. */
function kongFields(spec: ServerSpec): Members {
  const entries = Object.entries(spec).filter(([name]) => derived.has(name) && name !== 'enabled');
  return Object.fromEntries(entries);
}

function withCredentials(
  plain: Members,
  spec: ServerSpec,
  namespace: string,
  index: Index,
): Outcome<Filled> {
  const { credentialRef, caCertSecretRef, clientCertificateRef, valuesFrom = [] } = spec;
  const wanted: [path: string, ref: { name: string; key?: string }, key: string, before: string][] =
    [];
  if (credentialRef !== undefined) {
    const { header = 'Authorization', scheme } = credentialRef;
    const before = scheme === undefined ? '' : `${scheme} `;
    wanted.push([`headers.${header}`, credentialRef, 'token', before]);
  }
  if (caCertSecretRef !== undefined) {
    wanted.push(['ca_certificates', caCertSecretRef, 'ca.crt', '']);
  }
  if (clientCertificateRef !== undefined) {
    wanted.push(['client_certificate', clientCertificateRef, 'tls.crt', '']);
    wanted.push(['client_key', { name: clientCertificateRef.name }, 'tls.key', '']);
  }
  let config = plain;
  const madeOf: string[] = [];
  for (const [path, ref, key, before] of wanted) {
    const found = secretValue(ref, key, namespace, index);
    if (!found.ok) return found;
    config = withValue(config, path, `${before}${found.value}`) ?? config;
    madeOf.push(`Secret ${namespace}/${ref.name}`);
  }
  const filled = fillValues(config, valuesFrom, namespace, index);
  if (!filled.ok) return filled;
  const all = new Set([...madeOf, ...filled.value.madeOf]);
  return done({ config: filled.value.config, madeOf: [...all] });
}

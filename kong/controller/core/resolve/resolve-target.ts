import type { HttpRoute, Service, TargetRef } from '../resources.js';
import { grantAdvice, isGranted } from './grants.js';
import type { Reference } from './grants.js';
import type { Index } from './snapshot-index.js';
import { done, failed, unresolved } from './problem.js';
import type { Outcome } from './problem.js';

/** Where a server is, and the objects that say so. */
export interface Target {
  readonly url: string;
  readonly madeOf: readonly string[];
}

/** The address of what an MCPServer points at. */
export function resolveTarget(
  ref: TargetRef,
  namespace: string,
  path: string,
  index: Index,
): Outcome<Target> {
  const home = ref.namespace ?? namespace;
  const group = ref.kind === 'HTTPRoute' ? 'gateway.networking.k8s.io' : '';
  const reference: Reference = {
    from: { kind: 'MCPServer', namespace },
    to: { group, kind: ref.kind, namespace: home, name: ref.name },
  };
  if (!isGranted(index.grants, reference)) {
    return failed(unresolved('RefNotPermitted', grantAdvice(reference)));
  }
  if (ref.kind === 'Service') return ofService(home, ref.name, ref.port, path, index);
  const route = index.httpRoutes.get(`${home}/${ref.name}`);
  if (route === undefined) return missing('HTTPRoute', home, ref.name);
  return ofRoute(route, path, index);
}

function missing(kind: string, namespace: string, name: string): Outcome<never> {
  const message = `${kind} ${namespace}/${name} does not exist: create it, or name another one`;
  return failed(unresolved('TargetNotFound', message));
}

function ofRoute(route: HttpRoute, path: string, index: Index): Outcome<Target> {
  const { namespace, name } = route.metadata;
  const backends = (route.spec.rules ?? []).flatMap(({ backendRefs = [] }) => backendRefs);
  const places = new Set(
    backends.map((one) => `${one.kind} ${one.namespace} ${one.name} ${one.port}`),
  );
  const [backend] = backends;
  if (backend === undefined || places.size !== 1) {
    const message = `HTTPRoute ${namespace}/${name} has ${places.size} backends, and one is needed: point at a Service with targetRef, or give the MCP server a route of its own`;
    return failed(unresolved('AmbiguousBackend', message));
  }
  if ((backend.kind ?? 'Service') !== 'Service' || (backend.group ?? '') !== '') {
    const message = `HTTPRoute ${namespace}/${name} leads to a ${backend.kind}, not to a Service: point at a Service, or give a url`;
    return failed(unresolved('UnsupportedBackend', message));
  }
  const home = backend.namespace ?? namespace;
  const reference: Reference = {
    from: { kind: 'HTTPRoute', namespace },
    to: { group: '', kind: 'Service', namespace: home, name: backend.name },
  };
  if (!isGranted(index.grants, reference)) {
    return failed(unresolved('RefNotPermitted', grantAdvice(reference)));
  }
  const found = ofService(home, backend.name, backend.port, path, index);
  if (!found.ok) return found;
  return done({
    ...found.value,
    madeOf: [`HTTPRoute ${namespace}/${name}`, ...found.value.madeOf],
  });
}

function ofService(
  namespace: string,
  name: string,
  port: number | undefined,
  path: string,
  index: Index,
): Outcome<Target> {
  const service = index.services.get(`${namespace}/${name}`);
  if (service === undefined) return missing('Service', namespace, name);
  const { ports = [], type, externalName } = service.spec;
  // Whoever may write Services would else lead the gateway's credentials anywhere.
  if (type === 'ExternalName') {
    const message = `Service ${namespace}/${name} only names ${externalName}: give its address as url`;
    return failed(unresolved('UnsupportedBackend', message));
  }
  const found =
    port === undefined && ports.length === 1 ? ports[0] : ports.find((one) => one.port === port);
  if (found === undefined) {
    const has = ports.map((one) => one.port).join(', ');
    const message = `Service ${namespace}/${name} has the ports ${has || 'none'}, not ${port ?? 'a single one'}: set targetRef.port to one of them`;
    return failed(unresolved('PortNotFound', message));
  }
  const scheme = isTls(found) ? 'https' : 'http';
  const url = `${scheme}://${name}.${namespace}.svc${index.clusterDomain}:${found.port}${path}`;
  return done({ url, madeOf: [`Service ${namespace}/${name}`] });
}

function isTls({
  port,
  name = '',
  appProtocol,
}: NonNullable<Service['spec']['ports']>[number]): boolean {
  if (appProtocol !== undefined) return /^(https|kubernetes\.io\/wss)$/.test(appProtocol);
  return port === 443 || /^https(-|$)/.test(name);
}

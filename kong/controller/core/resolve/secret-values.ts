import { credentialLabel } from '../../../../schema/kubernetes/group.js';
import type { Members, SecretKeyRef, ValueFrom } from '../resources.js';
import { done, failed, unaccepted, unresolved } from './problem.js';
import type { Outcome } from './problem.js';
import type { Index } from './snapshot-index.js';

/** A text out of a Secret. */
export function secretValue(
  { name, key }: SecretKeyRef,
  defaultKey: string,
  namespace: string,
  index: Index,
): Outcome<string> {
  const secret = index.secrets.get(`${namespace}/${name}`);
  if (secret === undefined) {
    const message = `Secret ${namespace}/${name} does not exist, or lacks the label ${credentialLabel}=true: create or label it`;
    return failed(unresolved('SecretNotFound', message));
  }
  const wanted = key ?? defaultKey;
  const encoded = secret.data?.[wanted];
  if (encoded === undefined) {
    const message = `Secret ${namespace}/${name} has no key ${wanted}: add it, or name another key`;
    return failed(unresolved('SecretKeyNotFound', message));
  }
  return done(
    Buffer.from(encoded, 'base64')
      .toString('utf8')
      .replace(/\r?\n$/, ''),
  );
}

const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/** The same with a value at `path`, names joined by dots; nothing given is changed. */
export function withValue(config: Members, path: string, value: string): Members | undefined {
  const [name = '', ...rest] = path.split('.');
  if (forbidden.has(name)) return undefined;
  if (rest.length === 0) return { ...config, [name]: value };
  const inner = config[name] ?? {};
  if (typeof inner !== 'object' || Array.isArray(inner)) return undefined;
  const changed = withValue(inner as Members, rest.join('.'), value);
  return changed && { ...config, [name]: changed };
}

/** What was put together, and the Secrets it is made of. */
export interface Filled {
  readonly config: Members;
  readonly madeOf: readonly string[];
}

/** `valuesFrom` put in place. */
export function fillValues(
  config: Members,
  values: readonly ValueFrom[],
  namespace: string,
  index: Index,
): Outcome<Filled> {
  const madeOf: string[] = [];
  let filled = config;
  for (const { path, secretKeyRef } of values) {
    const found = secretValue(secretKeyRef, '', namespace, index);
    if (!found.ok) return found;
    const next = withValue(filled, path, found.value);
    if (next === undefined) {
      const message = `valuesFrom: ${path} leads through something that is no object: name a field`;
      return failed(unaccepted('Invalid', message));
    }
    filled = next;
    madeOf.push(`Secret ${namespace}/${secretKeyRef.name}`);
  }
  return done({ config: filled, madeOf });
}

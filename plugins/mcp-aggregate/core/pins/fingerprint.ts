import { hash } from 'node:crypto';
import { canonicalMembers } from '../../../../lib/json/canonical.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { Fingerprint } from './approved.js';

/** Members that are told apart. */
const mostParts = 32;
const partLength = 12;
const mostOfName = 64;

/** Digest of a canonical text, or of any text, as lockfiles have it. */
export function digestText(text: string): string {
  return `sha256-${hash('sha256', text, 'base64')}`;
}

/** Digest of `instructions`. */
export function instructionsDigest(text: string): string {
  return digestText(JSON.stringify(text));
}

/**
 * The fingerprint of a definition: equal for those that mean the same, however they are written.
 * @param raw a JSON object that has passed `validateJson`
 */
export function fingerprint(raw: RawJson): Fingerprint {
  const members = canonicalMembers(raw);
  const texts = new Map<string, string>();
  for (const { key, text } of members.slice(0, mostParts)) {
    const name = key.slice(0, mostOfName);
    texts.set(name, (texts.get(name) ?? '') + text);
  }
  const part = (text: string) => hash('sha256', text, 'base64').slice(0, partLength);
  return {
    digest: digestText(`{${members.map(({ text }) => text).join(',')}}`),
    parts: new Map([...texts].map(([name, text]) => [name, part(text)])),
  };
}

/** Names of members in which two differ; empty where that cannot be told. */
export function differingParts(before: Fingerprint, after: Fingerprint): readonly string[] {
  if (before.parts.size === 0 || after.parts.size === 0) return [];
  const names = new Set([...before.parts.keys(), ...after.parts.keys()]);
  return [...names].filter((name) => before.parts.get(name) !== after.parts.get(name));
}

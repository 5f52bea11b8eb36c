import { decodeString, findMember } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import { tasksExtension } from '../../../../lib/protocol/tasks.js';
import type { Member, ParamsEnvelope, RawJson } from '../../../../lib/json/types.js';

/** What a client may be able to do for a server, one bit each, so that a session carries a byte. */
const bits = {
  roots: 1,
  rootsListChanged: 2,
  sampling: 4,
  samplingTools: 8,
  samplingContext: 16,
  form: 32,
  url: 64,
} as const;

/** What is read of any object within capabilities. */
const capabilityNames = [
  'roots',
  'listChanged',
  'sampling',
  'tools',
  'context',
  'elicitation',
  'form',
  'url',
  'extensions',
] as const;

/** All of it. */
export const everyCapability = 127;

/**
 * The capabilities of `initialize` params that can be passed on to servers, as bits. Others, those
 * of tasks in sessions among them, are not served here and therefore not declared to any server.
 */
export function packCapabilities(bytes: Buffer, params: ParamsEnvelope | undefined): number {
  return packed(bytes, membersOf(bytes, params && findMember(params.members, 'capabilities')));
}

/** What a client without sessions declares. */
export interface DeclaredByClient {
  /** As of `packCapabilities`. */
  readonly capabilities: number;
  /** As of `declaresTasks`. */
  readonly tasks: boolean;
}

/**
 * All of it at once: a client may declare as much as fits into a request.
 * @param declared its `clientCapabilities`
 */
export function readDeclared(bytes: Buffer, declared: Member): DeclaredByClient {
  const members = membersOf(bytes, declared);
  return { capabilities: packed(bytes, members), tasks: hasTasks(bytes, members) };
}

function packed(bytes: Buffer, declared: readonly Member[] | undefined): number {
  const roots = membersOf(bytes, findMember(declared ?? [], 'roots'));
  const sampling = membersOf(bytes, findMember(declared ?? [], 'sampling'));
  const elicitation = membersOf(bytes, findMember(declared ?? [], 'elicitation'));
  const has = (members: readonly Member[] | undefined, key: string) =>
    findMember(members ?? [], key)?.kind === 'object';
  const listChanged = findMember(roots ?? [], 'listChanged');
  const isTrue = listChanged?.kind === 'boolean' && bytes[listChanged.value.start] === 0x74;
  // Without a mode an elicitation is a form: so clients of revisions that had no modes declare it.
  const form = elicitation && (has(elicitation, 'form') || !has(elicitation, 'url'));
  return (
    (roots ? bits.roots : 0) |
    (isTrue ? bits.rootsListChanged : 0) |
    (sampling ? bits.sampling : 0) |
    (has(sampling, 'tools') ? bits.samplingTools : 0) |
    (has(sampling, 'context') ? bits.samplingContext : 0) |
    (form ? bits.form : 0) |
    (has(elicitation, 'url') ? bits.url : 0)
  );
}

/**
 * Whether a client without sessions takes tasks: an extension, of which servers are told where they
 * have it.
 * @param declared its `clientCapabilities`
 */
export function declaresTasks(bytes: Buffer, declared: Member): boolean {
  if (declared.kind !== 'object') return false;
  return hasTasks(bytes, lastNamed(bytes, declared.value, 'extensions'));
}

function hasTasks(bytes: Buffer, declared: readonly Member[] = []): boolean {
  const extensions = findMember(declared, 'extensions');
  if (extensions?.kind !== 'object') return false;
  const tasks = lastNamed(bytes, extensions.value, tasksExtension);
  return findMember(tasks, tasksExtension)?.kind === 'object';
}

/** The bits as a `ClientCapabilities` object; undefined where there are none. */
export function unpackCapabilities(packed: number): RawJson | undefined {
  const on = (bit: number) => (packed & bit) !== 0;
  const member = (present: boolean, name: string) => (present ? { [name]: {} } : {});
  const roots = on(bits.rootsListChanged) ? { listChanged: true } : {};
  const sampling = {
    ...member(on(bits.samplingContext), 'context'),
    ...member(on(bits.samplingTools), 'tools'),
  };
  const elicitation = { ...member(on(bits.form), 'form'), ...member(on(bits.url), 'url') };
  const capabilities = {
    ...(on(bits.roots) ? { roots } : {}),
    ...(on(bits.sampling) ? { sampling } : {}),
    ...(on(bits.form | bits.url) ? { elicitation } : {}),
  };
  if (Object.keys(capabilities).length === 0) return undefined;
  return Buffer.from(JSON.stringify(capabilities));
}

/**
 * Whether a client with these capabilities can be asked this. A mode of elicitation that it lacks
 * must not reach it, and tasks are not served here.
 */
export function mayAsk(
  capabilities: RawJson,
  method: string,
  bytes: Buffer,
  params: ParamsEnvelope | undefined,
): boolean {
  if (params && findMember(params.members, 'task') !== undefined) return false;
  const declared = membersOf(capabilities, wholeOf(capabilities)) ?? [];
  switch (method) {
    case 'roots/list':
      return findMember(declared, 'roots') !== undefined;
    case 'sampling/createMessage':
      return params !== undefined && findMember(declared, 'sampling') !== undefined;
    case 'elicitation/create': {
      const mode = params && modeOf(bytes, findMember(params.members, 'mode'));
      return mode !== undefined && hasMode(capabilities, mode);
    }
    default:
      return false;
  }
}

/**
 * Whether a client with these capabilities is told this. That an elicitation is complete concerns
 * only who could have been sent to its URL.
 */
export function mayHear(capabilities: RawJson | undefined, method: string): boolean {
  return method !== 'notifications/elicitation/complete' || canVisit(capabilities);
}

/** Whether a client with these capabilities can be asked to visit a URL. */
export function canVisit(capabilities: RawJson | undefined): boolean {
  return capabilities !== undefined && hasMode(capabilities, 'url');
}

function modeOf(bytes: Buffer, member: Member | undefined): string | undefined {
  if (member === undefined) return 'form';
  return member.kind === 'string' ? decodeString(bytes, member.value) : undefined;
}

function hasMode(capabilities: RawJson, mode: string): boolean {
  const declared = membersOf(capabilities, wholeOf(capabilities)) ?? [];
  const modes = membersOf(capabilities, findMember(declared, 'elicitation')) ?? [];
  return findMember(modes, mode) !== undefined;
}

function membersOf(
  bytes: Buffer,
  member: Pick<Member, 'kind' | 'value'> | undefined,
): readonly Member[] | undefined {
  return member?.kind === 'object' ? lastNamed(bytes, member.value, ...capabilityNames) : undefined;
}

function wholeOf(raw: RawJson): Pick<Member, 'kind' | 'value'> {
  return { kind: 'object', value: { start: 0, end: raw.length } };
}

import { createHash } from 'node:crypto';
import type { Entity, Kind } from './entities.js';
import { textIn } from './members.js';
import type { Members } from './members.js';
import { holds } from './same.js';

/** An entity of the Kong, as its Admin API shows it. */
export interface Present {
  readonly kind: Kind;
  readonly id: string;
  readonly body: Members;
}

/** One write to the Admin API. */
export interface Step {
  readonly method: 'PUT' | 'DELETE';
  readonly kind: Kind;
  readonly id: string;
  readonly title: string;
  /** Absent for DELETE. */
  readonly body?: Members;
}

/** No client asks for it (RFC 6761), so that a route for it alone matches nothing. */
const nobody = 'not-yet.invalid';

/** Tags by which an entity is known to be ours, and to be as it was written. */
const tagsOf = (tag: string, body: Members): readonly string[] => {
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 32);
  const own = Array.isArray(body['tags']) ? (body['tags'] as string[]) : [];
  return [...new Set([...own, tag, `${tag}.sha256:${digest}`])];
};

/** The entity as it is written. */
export function tagged({ body }: Entity, tag: string): Members {
  return { ...body, tags: tagsOf(tag, body) };
}

/**
 * The writes that make what a Kong has of ours into what is wanted; none where it is that already.
 *
 * No moment between two of them leaves a route without a plugin that it had, or is to have: a new
 * route with plugins is first one that matches nothing; new plugins come before changed ones, and
 * before routes; what goes, goes last, routes before their plugins.
 * @param present the entities that carry `tag`
 */
export function planOf(
  wanted: readonly Entity[],
  present: readonly Present[],
  tag: string,
): readonly Step[] {
  const there = new Map(present.map((one) => [`${one.kind} ${one.id}`, one]));
  const isNew = ({ kind, id }: Entity) => !there.has(`${kind} ${id}`);
  const writes = wanted.filter((entity) => {
    const found = there.get(`${entity.kind} ${entity.id}`);
    return found === undefined || !holds(found.body, tagged(entity, tag));
  });
  const put = (entity: Entity, more: Members = {}): Step => {
    const { kind, id, title } = entity;
    return { method: 'PUT', kind, id, title, body: { ...tagged(entity, tag), ...more } };
  };
  const of = (kind: Kind) => writes.filter((entity) => entity.kind === kind);
  const early = of('routes').filter((route) => isNew(route) && hasPlugin(route, wanted));
  // Without the digest, so that one that is left waiting is seen to be unfinished.
  const waiting = { hosts: [nobody], tags: [tag] };
  const whole = (route: Entity) => !early.includes(route) || canWait(route);
  return [
    ...of('services').map((service) => put(service)),
    ...early.map((route) => (canWait(route) ? put(route, waiting) : put(route))),
    ...of('plugins')
      .sort((a, b) => Number(isNew(b)) - Number(isNew(a)))
      .map((plugin) => put(plugin)),
    ...of('routes')
      .filter(whole)
      .map((route) => put(route)),
    ...removals(wanted, present),
  ];
}

const hasPlugin = ({ id }: Entity, wanted: readonly Entity[]): boolean =>
  wanted.some(({ kind, body }) => kind === 'plugins' && (body['route'] as Members)?.['id'] === id);

/** Whether the route can be one for a host: routes of other protocols match by other things. */
function canWait({ body }: Entity): boolean {
  const protocols = (body['protocols'] ?? []) as readonly string[];
  return protocols.every((protocol) => /^(?:http|grpc)s?$/.test(protocol));
}

function removals(wanted: readonly Entity[], present: readonly Present[]): Step[] {
  const kept = new Set(wanted.map(({ kind, id }) => `${kind} ${id}`));
  const gone = present.filter(({ kind, id }) => !kept.has(`${kind} ${id}`));
  return (['routes', 'plugins', 'services'] as const).flatMap((kind) =>
    gone
      .filter((one) => one.kind === kind)
      .map(({ id, body }) => {
        const title = `${kind.slice(0, -1)} ${textIn(body, 'name') ?? id}`;
        return { method: 'DELETE', kind, id, title } as const;
      }),
  );
}

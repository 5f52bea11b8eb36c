import { facadePaths } from '../../../plugins/mcp-oauth/core/facade/facade-paths.js';
import type { Declared, DeclaredPlugin } from './declared.js';
import { exactly, matches } from './cross-checks.js';
import type { Of, Remark } from './cross-checks.js';

/** Plugins that let nobody through who has not logged in yet. */
const locks = /^(?:acl|key-auth|jwt|basic-auth|hmac-auth|oauth2|ldap-auth)$/;

/** Whether clients reach the facade of an endpoint. */
export function facadeRemarks(
  plugin: DeclaredPlugin,
  config: Of<'oauth'>,
  { plugins }: Declared,
): Remark[] {
  const { facade } = config;
  if (facade === undefined || plugin.routes.length === 0) return [];
  const resource = String(config.metadata['resource']);
  const remarks: Remark[] = [];
  for (const path of facadePaths({ resource, facade }).keys()) {
    // Nobody looks there who has not looked at the other places.
    if (path === `${new URL(resource).pathname}/.well-known/oauth-authorization-server`) continue;
    if (plugin.routes.some((route) => matches(route, path))) continue;
    const message = `no path of the route matches ${path}, which the facade answers`;
    remarks.push({ level: 'warning', message, mend: `add to its paths: ${exactly(path)}` });
  }
  for (const lock of plugins) {
    if (!locks.test(lock.name) || lock.config['anonymous']) continue;
    if (!lock.routes.some((route) => plugin.routes.includes(route))) continue;
    const message = `${lock.name} holds for the login too, which nobody can pass before it`;
    const mend = 'give the paths of the facade a Route of their own, with this mcp-oauth alone';
    remarks.push({ level: 'warning', message, mend });
  }
  return remarks;
}

/** Endpoints of one host that claim its root: by place in `all`, those that are not alone. */
export function rootRemarks(own: Of<'oauth'>, all: readonly Of<'oauth'>[]): Remark[] {
  const originOf = (config: Of<'oauth'>) => new URL(config.metadataUrl).origin;
  const claims = (config: Of<'oauth'>) => config.facade?.servesRoot === true;
  if (!claims(own)) return [];
  const others = all.filter((one) => claims(one) && originOf(one) === originOf(own));
  if (others.length < 2) return [];
  const message = `${others.length} endpoints claim the root of ${originOf(own)}: none is served there`;
  return [{ level: 'error', message, mend: 'leave facade.serve_root to one of them' }];
}

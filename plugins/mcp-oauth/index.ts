import { version } from '../../lib/version.js';
import { named } from '../../schema/fields.js';
import { oauthFields, oauthSchema } from '../../schema/mcp-oauth.js';
import { requireFailClosedHost } from './config/host-guard.js';

requireFailClosedHost();

export { Plugin } from './plugin.js';
export const Name = 'mcp-oauth';
export const Version = version;
/** After Kong's own authentication plugins and cors, before mcp-aggregate, acl and rate-limiting. */
export const Priority = 1015;
export const Schema = named(oauthFields);
/** The whole schema for Kong, plugin-level fields included. */
export const KongSchema = oauthSchema;

import { apart, fitsWhen, fitsWith, neededWhen } from '../rules/between-fields.js';
import type { EntityCheck } from '../rules/between-fields.js';

const overTls = { match: '^https:' };
const forTls = ['client_certificate', 'client_key', 'ssl_server_name'];

/** What Kong checks between the fields of one server. */
export const serverChecks: readonly EntityCheck[] = [
  { only_one_of: ['url', 'route', 'stdio'] },
  { mutually_required: ['client_certificate', 'client_key'] },
  neededWhen('stdio_scope', 'session', ['stdio'], 'stdio_scope session is for stdio servers'),
  neededWhen('transport', 'sse', ['url', 'route'], 'transport sse is for url and route servers'),
  fitsWhen('transport', 'sse', 'direct', { eq: false }, 'direct does not go with transport sse'),
  ...apart('stdio', [
    'auth',
    'openapi',
    'forward_headers',
    'client_certificate',
    'client_key',
    'ssl_server_name',
    'ca_certificates',
    'http_proxy',
    'https_proxy',
    'no_proxy',
  ]),
  ...apart('route', ['http_proxy', 'https_proxy', 'no_proxy']),
  ...forTls.map((field) => fitsWith(field, 'url', overTls, `${field} is for https servers only`)),
];

import type { IncomingMessage } from 'node:http';
import { readConfig } from '../../../plugins/mcp-oauth/config/config.js';
import type { Verdict } from '../../../plugins/mcp-oauth/core/token/verdict.js';
import { newVerifier } from '../../../plugins/mcp-oauth/io/runtimes.js';
import { pluginConfig } from './plugin-config.js';
import { epoch } from './signing-key.js';
import type { SigningKey } from './signing-key.js';
import { json, testIssuer } from './test-issuer.js';
import type { TestIssuer } from './test-issuer.js';

export const introspectionPath = '/introspect';

export interface Introspection {
  readonly headers: IncomingMessage['headers'];
  readonly form: URLSearchParams;
}

export interface IntrospectingIssuer extends TestIssuer {
  /** Requests as they came. */
  readonly introspections: Introspection[];
  /** Answers this for every token from now on. */
  answer(document: unknown, status?: number): void;
}

/** An issuer with an introspection endpoint that says of every token what the test wants. */
export async function introspectingIssuer(
  ...keys: readonly SigningKey[]
): Promise<IntrospectingIssuer> {
  const issuer = await testIssuer(...keys);
  const introspections: Introspection[] = [];
  const answer = (document: unknown, status = 200): void => {
    issuer.routes.set(introspectionPath, (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { headers } = request;
        introspections.push({ headers, form: new URLSearchParams(body) });
        json(document, status)(request, response);
      });
    });
  };
  return Object.assign(issuer, { introspections, answer });
}

/** An answer that is good for `resource`, but for `own`; undefined leaves a member out. */
export function goodAnswer(resource: string, own: Readonly<Record<string, unknown>> = {}) {
  return {
    active: true,
    aud: resource,
    sub: 'alice',
    client_id: 'app',
    scope: 'mcp:read mcp:write',
    token_type: 'Bearer',
    exp: epoch(300),
    ...own,
  };
}

/** A verifier that introspects at `issuer`, by calls as the plugin makes them. */
export function introspectionVerifier(
  issuer: TestIssuer,
  own: Readonly<Record<string, unknown>>,
): (token: string) => Promise<Verdict> {
  const config = pluginConfig({
    authorization_servers: [issuer.url],
    introspection_endpoint: `${issuer.url}${introspectionPath}`,
    client_id: 'gateway',
    client_secret: 'secret',
    ...own,
  });
  const verify = newVerifier(readConfig(config), { now: Date.now });
  return async (token) => verify(token);
}

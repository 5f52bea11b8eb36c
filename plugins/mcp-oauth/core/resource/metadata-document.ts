import { ConfigError } from '../../../../lib/errors/errors.js';

/** What the metadata document is made of. Empty lists and undefined values leave a member out. */
export interface MetadataFacts {
  readonly resource: string;
  readonly issuers: readonly string[];
  readonly scopes: readonly string[];
  readonly name: string | undefined;
  readonly documentation: string | undefined;
  readonly policy: string | undefined;
  readonly terms: string | undefined;
  readonly signingAlgorithms: readonly string[];
  /** Members that say which tokens bound to a key are taken. */
  readonly bindings: Readonly<Record<string, unknown>>;
  /** Further members by name; see `extraValue` for how a text is read. */
  readonly extra: Readonly<Record<string, string>>;
}

const maxDocumentBytes = 65_536;

const withLanguages = new Set([
  'resource_name',
  'resource_documentation',
  'resource_policy_uri',
  'resource_tos_uri',
]);

// Members with a field of their own, and those that would promise what is not done here.
const notExtra = new Set([
  ...withLanguages,
  'resource',
  'authorization_servers',
  'scopes_supported',
  'bearer_methods_supported',
  'resource_signing_alg_values_supported',
  'signed_metadata',
  'tls_client_certificate_bound_access_tokens',
  'dpop_signing_alg_values_supported',
  'dpop_bound_access_tokens_required',
]);

/**
 * The document of RFC 9728 §2.
 * @throws ConfigError naming `metadata_extra`
 */
export function metadataDocument(facts: MetadataFacts): Readonly<Record<string, unknown>> {
  const { scopes, signingAlgorithms: algorithms } = facts;
  const document = {
    resource: facts.resource,
    authorization_servers: facts.issuers,
    ...(scopes.length > 0 ? { scopes_supported: scopes } : {}),
    // The one place a token is taken from (A19).
    bearer_methods_supported: ['header'],
    ...(algorithms.length > 0 ? { resource_signing_alg_values_supported: algorithms } : {}),
    ...facts.bindings,
    ...present('resource_name', facts.name),
    ...present('resource_documentation', facts.documentation),
    ...present('resource_policy_uri', facts.policy),
    ...present('resource_tos_uri', facts.terms),
    ...Object.fromEntries(Object.entries(facts.extra).map(extraMember)),
  };
  if (Buffer.byteLength(JSON.stringify(document)) > maxDocumentBytes) {
    throw new ConfigError('metadata_extra', 'makes the metadata document larger than 64 KiB');
  }
  return Object.freeze(document);
}

function present(member: string, value: string | undefined): Record<string, string> {
  return value ? { [member]: value } : {};
}

function extraMember([name, text]: [string, string]): [string, unknown] {
  const [plain = ''] = name.split('#');
  if (notExtra.has(name) || (notExtra.has(plain) && !withLanguages.has(plain))) {
    throw new ConfigError('metadata_extra', `must not set ${name}`);
  }
  return [name, extraValue(name, text)];
}

/** A text is itself; one that begins with `[` or `{`, or is `true` or `false`, is read as JSON. */
function extraValue(name: string, text: string): unknown {
  if (!/^(?:[[{]|(?:true|false)$)/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ConfigError('metadata_extra', `${name} begins like JSON and is not JSON`);
  }
}
